import HingeGraph

extension Speller {
    /// Spells a bitwise function of inputs 0 and 1, integers, for versions that have none.
    ///
    /// The bits of each element stand along a new last dimension while they are combined, as numbers 0 and 1.
    ///
    /// - Parameter combine: Writes the function of the bits of two values, and gives the name of the result.
    mutating func spellBitwise(
        _ combine: (inout Speller, String, String) throws -> String
    ) throws {
        guard opset >= 11 else { throw needs(11, "a bitwise function") }
        let type = try elementType(0)
        let bits = try [0, 1].map { try self.bits(of: $0, type) }
        let combined = try combine(&self, bits[0], bits[1])
        let weights = constant(Tensor((0..<type.bitWidth).map { Int64(1) << $0 }))
        let sum = try append(
            ReduceSum(axes: [-1], keepsDimensions: false),
            [step("Mul", [combined, weights]), ""], known: [rank(0, 1, more: 1)])
        try append(Cast(to: type), [sum], outputs: outputs, known: [.tensor(.int64, nil)])
    }

    /// The bits of an input, from the lowest on, along a new last dimension.
    private mutating func bits(of index: Int, _ type: DataType) throws -> String {
        let wide = cast(inputs[index], to: .uint64)
        let column = try append(
            Unsqueeze(axes: [-1]), [wide], known: [.tensor(.uint64, shape(index))])
        let places = constant(Tensor((0..<UInt64(type.bitWidth)).map { $0 }))
        let shifted = step(
            BitShift.type, [column, places],
            [.string("direction", BitShift.Direction.right.rawValue)])
        let two = constant(Tensor(scalar: 2 as UInt64))
        return cast(step(Mod.type, [shifted, two]), to: .int64)
    }

    /// A tensor of `int64` of as many dimensions as two inputs have together, and `more`.
    private func rank(_ first: Int, _ second: Int, more: Int) -> Inferred {
        guard let a = shape(first)?.rank, let b = shape(second)?.rank else {
            return .tensor(.int64, nil)
        }
        return .tensor(.int64, .unknown(rank: max(a, b) + more))
    }
}
