import HingeGraph

/// Trees whose thresholds are of one type, ready to be run.
struct ForestRun<T: RealElement & Sendable>: Sendable {
    let trees: CompiledForest<T>
    let votes: ForestVotes
    let rows: FeatureRows

    /// The rows that are walked through a tree before the next tree.
    private static var blockRows: Int { 64 }
    /// The work of a tree for a row, as `parallelFor` counts it.
    private static var treeCost: Int { 96 }

    func run(_ x: Tensor) throws -> [Double] {
        let count = Extent.product(of: [rows.rows, votes.targetCount])
        var results = try [Double](bounded: 0, count: count)
        var seen = try [Bool](bounded: false, count: votes.aggregate.hasBounds ? count : 0)
        let features = try x.dataType.isInteger ? Tensor(x.doubles(), shape: x.shape) : x
        let cost = Extent.product(of: [max(trees.roots.count, 1), Self.treeCost])
        // A leaf looks at feature 0, which a row without features doesn't have.
        var none: T = 0
        try features.reals(T.self).withUnsafeElements(of: T.self) { features in
            trees.nodes.withUnsafeBufferPointer { nodes in
                trees.leaves.withUnsafeBufferPointer { leaves in
                    withUnsafePointer(to: &none) { none in
                        results.withUnsafeMutableBufferPointer { results in
                            seen.withUnsafeMutableBufferPointer { seen in
                                guard let nodes = nodes.baseAddress,
                                    let leaves = leaves.baseAddress
                                else { return }
                                let walk = ForestBlock(
                                    nodes: nodes, leaves: leaves,
                                    features: rows.columns == 0
                                        ? none : features.baseAddress ?? none,
                                    columns: rows.columns)
                                // Each result is written by the one range that has its row.
                                nonisolated(unsafe) let (results, seen, block) =
                                    (results, seen, walk)
                                parallelFor(rows.rows, cost: cost) { range in
                                    run(range, block, results, seen)
                                }
                            }
                        }
                    }
                }
            }
        }
        return results
    }

    private func run(
        _ range: Range<Int>, _ walk: ForestBlock<T>,
        _ results: UnsafeMutableBufferPointer<Double>, _ seen: UnsafeMutableBufferPointer<Bool>
    ) {
        votes.starts.withUnsafeBufferPointer { starts in
            votes.votes.withUnsafeBufferPointer { list in
                votes.pairs.withUnsafeBufferPointer { pairs in
                    let ballot = Ballot(
                        starts: starts, votes: list, pairs: pairs, targetCount: votes.targetCount,
                        isPlain: votes.isPlain, aggregate: votes.aggregate, results: results,
                        seen: seen)
                    if trees.hasMissingLeft {
                        run(range, walk, ballot, MissingRule.self)
                    } else {
                        run(range, walk, ballot, PlainRule.self)
                    }
                }
            }
        }
        guard votes.divisor != 1 else { return }
        for index in range.lowerBound * votes.targetCount..<range.upperBound * votes.targetCount {
            results[index] /= votes.divisor
        }
    }

    @inline(__always)
    private func run<Rule: BranchRule>(
        _ range: Range<Int>, _ walk: ForestBlock<T>, _ ballot: Ballot, _ rule: Rule.Type
    ) {
        trees.roots.withUnsafeBufferPointer { roots in
            var start = range.lowerBound
            while start < range.upperBound {
                let end = min(start + Self.blockRows, range.upperBound)
                let whole = start + (end - start) / 8 * 8
                for root in roots {
                    let lanes = SIMD8(repeating: root)
                    for row in stride(from: start, to: whole, by: 8) {
                        let found = walk(lanes, row: row, step: walk.columns, rule)
                        for lane in 0..<8 { ballot.add(Int(found[lane]), row: row + lane) }
                    }
                }
                for row in whole..<end { single(row, walk, ballot, roots, rule) }
                start = end
            }
        }
    }

    /// Walks one row through eight trees at a time.
    @inline(__always)
    private func single<Rule: BranchRule>(
        _ row: Int, _ walk: ForestBlock<T>, _ ballot: Ballot,
        _ roots: UnsafeBufferPointer<Int32>, _ rule: Rule.Type
    ) {
        var first = 0
        while first < roots.count {
            let count = min(8, roots.count - first)
            var lanes = SIMD8<Int32>(repeating: roots[first])
            for lane in 0..<count { lanes[lane] = roots[first + lane] }
            let found = walk(lanes, row: row, step: 0, rule)
            for lane in 0..<count { ballot.add(Int(found[lane]), row: row) }
            first += 8
        }
    }
}

/// Which side of a node a number goes to.
private protocol BranchRule {
    static func next<T: BinaryFloatingPoint>(
        _ node: TreeNode<T>, _ row: UnsafePointer<T>
    ) -> Int32
}

/// Where a NaN goes right everywhere.
private enum PlainRule: BranchRule {
    @inline(__always)
    static func next<T: BinaryFloatingPoint>(
        _ node: TreeNode<T>, _ row: UnsafePointer<T>
    ) -> Int32 {
        row[Int(node.feature)] <= node.threshold ? node.left : node.right
    }
}

/// Where a NaN goes left at some nodes.
private enum MissingRule: BranchRule {
    @inline(__always)
    static func next<T: BinaryFloatingPoint>(
        _ node: TreeNode<T>, _ row: UnsafePointer<T>
    ) -> Int32 {
        let isLeft = node.feature < 0
        let x = row[Int(isLeft ? ~node.feature : node.feature)]
        return x <= node.threshold || isLeft && x != x ? node.left : node.right
    }
}

/// Walks eight trees or rows at the same time, so that none waits for another's memory.
private struct ForestBlock<T: BinaryFloatingPoint & BitwiseCopyable & Sendable> {
    let nodes: UnsafePointer<TreeNode<T>>
    let leaves: UnsafePointer<Int32>
    let features: UnsafePointer<T>
    let columns: Int

    /// The leaves that eight walks end at.
    ///
    /// - Parameters:
    ///   - roots: Where each begins.
    ///   - row: The row of the first.
    ///   - step: The distance between the rows of two walks.
    @inline(__always)
    func callAsFunction<Rule: BranchRule>(
        _ roots: SIMD8<Int32>, row: Int, step: Int, _ rule: Rule.Type
    ) -> SIMD8<Int32> {
        let x = features + row * columns
        var (a, b, c, d) = (roots[0], roots[1], roots[2], roots[3])
        var (e, f, g, h) = (roots[4], roots[5], roots[6], roots[7])
        var changed: Int32
        repeat {
            let (a1, b1) = (Rule.next(nodes[Int(a)], x), Rule.next(nodes[Int(b)], x + step))
            let (c1, d1) = (
                Rule.next(nodes[Int(c)], x + 2 &* step), Rule.next(nodes[Int(d)], x + 3 &* step)
            )
            let (e1, f1) = (
                Rule.next(nodes[Int(e)], x + 4 &* step), Rule.next(nodes[Int(f)], x + 5 &* step)
            )
            let (g1, h1) = (
                Rule.next(nodes[Int(g)], x + 6 &* step), Rule.next(nodes[Int(h)], x + 7 &* step)
            )
            changed = (a ^ a1) | (b ^ b1) | (c ^ c1) | (d ^ d1)
            changed |= (e ^ e1) | (f ^ f1) | (g ^ g1) | (h ^ h1)
            (a, b, c, d) = (a1, b1, c1, d1)
            (e, f, g, h) = (e1, f1, g1, h1)
        } while changed != 0
        return SIMD8(
            leaves[Int(a)], leaves[Int(b)], leaves[Int(c)], leaves[Int(d)], leaves[Int(e)],
            leaves[Int(f)], leaves[Int(g)], leaves[Int(h)])
    }
}

/// Takes the votes of leaves for rows.
private struct Ballot {
    let starts: UnsafeBufferPointer<Int>
    let votes: UnsafeBufferPointer<Forest.Vote>
    let pairs: UnsafeBufferPointer<SIMD2<Double>>
    let targetCount: Int
    let isPlain: Bool
    let aggregate: VoteAggregate
    let results: UnsafeMutableBufferPointer<Double>
    let seen: UnsafeMutableBufferPointer<Bool>

    @inline(__always)
    func add(_ leaf: Int, row: Int) {
        if isPlain, !aggregate.hasBounds {
            results[row] += votes[leaf].weight
            return
        }
        if !pairs.isEmpty {
            let sums = UnsafeMutableRawBufferPointer(results)
            let place = row * MemoryLayout<SIMD2<Double>>.size
            let sum = sums.loadUnaligned(fromByteOffset: place, as: SIMD2<Double>.self)
            sums.storeBytes(of: sum + pairs[leaf], toByteOffset: place, as: SIMD2<Double>.self)
            return
        }
        for vote in votes[starts[leaf]..<starts[leaf + 1]] {
            let place = row * targetCount + vote.target
            switch aggregate {
            case .sum, .average: results[place] += vote.weight
            case .min:
                if !seen[place] || vote.weight < results[place] { results[place] = vote.weight }
                seen[place] = true
            case .max:
                if !seen[place] || vote.weight > results[place] { results[place] = vote.weight }
                seen[place] = true
            }
        }
    }
}
