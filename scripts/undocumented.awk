# Prints the declarations that leave their target and have no documentation comment. Members that a protocol of the
# standard library or of SwiftNIO demands need none, nor do initialisers that only set properties, which are documented
# themselves.

FNR == 1 { documented = 0; initialiser = "" }
# The lines of an initialiser without a comment, up to its closing brace.
initialiser != "" {
  if ($0 == indent "}") {
    if (!isPlain) print initialiser
    initialiser = ""
  } else if (inBody) {
    if ($0 !~ /^ *self\.[A-Za-z0-9]+ = [A-Za-z0-9]+$/) isPlain = 0
  } else if (/{$/) {
    inBody = 1
  }
  documented = 0
  next
}
/^ *\/\/\// { documented = 1; next }
/^ *\/\// { next }
/^ *@/ && !/ (public|package|open) / { next }
/^ *(@[A-Za-z_]+(\([^)]*\))? +)*(nonisolated +|indirect +|final +)*(public|package|open) / {
  exempt = /(public|package) +(import|extension) / ||
    /var (description|debugDescription|errorDescription|hashValue)[: ]/ ||
    /func (==|<) *\(/ || /func (hash\(into|encode\(to) / || /init\(from decoder/ ||
    /var unownedExecutor: / || /typealias (In|Out)bound(In|Out) / || /\(context: ChannelHandlerContext/ ||
    /init\(\) \{\}$/ || /init\(.*\{ self\.[A-Za-z0-9]+ = [A-Za-z0-9]+ \}$/
  if (!documented && !exempt) {
    line = FILENAME ":" FNR ": no documentation: " $0
    if (/(public|package) init\(/ && !/}$/) {
      initialiser = line
      isPlain = 1
      inBody = /{$/
      indent = $0
      sub(/[^ ].*/, "", indent)
    } else {
      print line
    }
  }
}
{ documented = 0 }
