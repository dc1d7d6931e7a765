public import APITypes
public import ArgumentParser
public import KVFormat

extension AnchorLength: ExpressibleByArgument {}

extension KVCodec: ExpressibleByArgument {}

extension PrecisionChoice: ExpressibleByArgument {}
