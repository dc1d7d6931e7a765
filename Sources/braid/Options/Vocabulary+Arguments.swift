package import APITypes
internal import ArgumentParser
package import KVFormat

extension AnchorLength: ExpressibleByArgument {}

extension KVCodec: ExpressibleByArgument {}

extension PrecisionChoice: ExpressibleByArgument {}

extension WeightChoice: ExpressibleByArgument {}
