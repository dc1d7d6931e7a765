internal import Machine
internal import Testing

@Suite("The processor's name")
struct ProcessorNameTests {
  private func name(_ text: String?) -> String {
    SystemLimits(read: { $0 == "/proc/cpuinfo" ? text : nil }).processorName()
  }

  @Test("It is that of the first processor, with single spaces")
  func first() {
    let text =
      "processor\t: 0\nmodel name\t: AMD EPYC  7B13   64-Core: x\nprocessor\t: 1\nmodel name\t: other\n"
    #expect(name(text) == "AMD EPYC 7B13 64-Core: x")
  }

  @Test("A processor without a name is unknown", arguments: [nil, "", "processor\t: 0\n"])
  func unknown(text: String?) {
    #expect(name(text) == "unknown")
  }
}
