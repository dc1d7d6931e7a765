public import ArgumentParser
public import KVFormat

extension KVCodec: ExpressibleByArgument {}

extension PrecisionChoice: ExpressibleByArgument {}
