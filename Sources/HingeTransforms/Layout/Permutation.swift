import HingeOperators

/// An order of dimensions, as `Transpose` has it: dimension `i` of the result is dimension `order[i]` of the
/// input.
struct Permutation: Hashable {
    var order: [Int]

    init(_ order: [Int]) { self.order = order }

    /// From `[N, spatial…, C]` to `[N, C, spatial…]`.
    static func toChannelsFirst(rank: Int) -> Permutation {
        Permutation(ChannelsLast.permutationToFirst(rank: rank))
    }

    /// From `[N, C, spatial…]` to `[N, spatial…, C]`.
    static func toChannelsLast(rank: Int) -> Permutation {
        Permutation(ChannelsLast.permutationToLast(rank: rank))
    }

    var rank: Int { order.count }

    var isIdentity: Bool { order == Array(0..<rank) }

    /// The permutation that undoes this one.
    var inverse: Permutation {
        var inverse = [Int](repeating: 0, count: rank)
        for (index, source) in order.enumerated() { inverse[source] = index }
        return Permutation(inverse)
    }

    /// This permutation after `first`: one transposition in place of two.
    func after(_ first: Permutation) -> Permutation {
        Permutation(order.map { first.order[$0] })
    }

    /// A list of dimensions in this order.
    func apply<Element>(_ list: [Element]) -> [Element] { order.map { list[$0] } }

    /// The permutation of what is left when the result's dimensions `axes` are taken away, and the input's
    /// that they come from.
    func removing(_ axes: Set<Int>) -> Permutation {
        let left = order.indices.filter { !axes.contains($0) }.map { order[$0] }
        let places = left.sorted()
        return Permutation(left.map { source in places.firstIndex(of: source) ?? 0 })
    }
}
