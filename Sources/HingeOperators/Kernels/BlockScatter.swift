/// Copies the first source, then writes blocks of the second over it: block `i` goes to `offsets[i]`.
struct BlockScatter: Movement {
    /// The number of elements of the first source and of the result.
    let count: Int
    let offsets: [Int]
    let length: Int

    @inline(__always)
    func callAsFunction<Element>(
        _ sources: MovementSources<Element>, _ result: UnsafeMutablePointer<Element>
    ) {
        let source = sources[0]
        parallelFor(count, cost: 1) { range in
            (result + range.lowerBound).update(from: source + range.lowerBound, count: range.count)
        }
        let updates = sources[1]
        if length == 1 {
            for position in offsets.indices { result[offsets[position]] = updates[position] }
        } else {
            for position in offsets.indices {
                (result + offsets[position]).update(
                    from: updates + position * length, count: length)
            }
        }
    }
}
