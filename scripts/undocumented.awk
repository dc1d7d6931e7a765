# Prints the public declarations that have no documentation comment. Members that a protocol of the standard library
# demands need none.

FNR == 1 { documented = 0 }
/^ *\/\/\// { documented = 1; next }
/^ *\/\// { next }
/^ *@/ && !/ (public|open) / { next }
/^ *(@[A-Za-z_]+(\([^)]*\))? +)*(nonisolated +|indirect +|final +)*(public|open) / {
  exempt = /public +(import|extension) / ||
    /var (description|debugDescription|errorDescription|hashValue)[: ]/ ||
    /func (==|<) *\(/ || /func (hash\(into|encode\(to) / || /init\(from decoder/
  if (!documented && !exempt) print FILENAME ":" FNR ": no documentation: " $0
}
{ documented = 0 }
