import HingeGraph

extension Tensor {
    /// A vector of 64-bit integers.
    static func ints(_ values: Int...) -> Tensor { Tensor(values.map { Int64($0) }) }
}
