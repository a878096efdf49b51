/// An order of dimensions, as `Transpose` has it: dimension `i` of the result is dimension `order[i]` of the
/// input.
public struct Permutation: Sendable, Hashable {
    /// The dimension of the input that each dimension of the result is.
    public var order: [Int]

    /// Creates an order.
    ///
    /// - Parameter order: Each number below its count, once.
    public init(_ order: [Int]) { self.order = order }

    /// From `[N, spatial…, C]` to `[N, C, spatial…]`.
    package static func toChannelsFirst(rank: Int) -> Permutation {
        Permutation(ChannelsLast.permutationToFirst(rank: rank))
    }

    /// From `[N, C, spatial…]` to `[N, spatial…, C]`.
    package static func toChannelsLast(rank: Int) -> Permutation {
        Permutation(ChannelsLast.permutationToLast(rank: rank))
    }

    /// The number of dimensions.
    public var rank: Int { order.count }

    /// Whether all dimensions stay where they are.
    public var isIdentity: Bool { order == Array(0..<rank) }

    /// The permutation that undoes this one.
    public var inverse: Permutation {
        var inverse = [Int](repeating: 0, count: rank)
        for (index, source) in order.enumerated() { inverse[source] = index }
        return Permutation(inverse)
    }

    /// This permutation after `first`: one transposition in place of two.
    package func after(_ first: Permutation) -> Permutation {
        Permutation(order.map { first.order[$0] })
    }

    /// A list of dimensions in this order.
    public func apply<Element>(_ list: [Element]) -> [Element] { order.map { list[$0] } }

    /// The dimensions of the input that dimensions of the result are; negative ones count from the last.
    ///
    /// `nil` when one is out of range.
    public func sources(of axes: [Int]) -> [Int]? {
        let positive = axes.map { $0 < 0 ? $0 + rank : $0 }
        guard positive.allSatisfy({ (0..<rank).contains($0) }) else { return nil }
        return positive.map { order[$0] }
    }

    /// The permutation of what is left when the result's dimensions `axes` are taken away, and the input's
    /// that they come from; negative axes count from the last.
    public func removing(_ axes: [Int]) -> Permutation {
        let removed = Set(axes.map { $0 < 0 ? $0 + rank : $0 })
        let left = order.indices.filter { !removed.contains($0) }.map { order[$0] }
        let places = left.sorted()
        return Permutation(left.map { source in places.firstIndex(of: source) ?? 0 })
    }
}
