import HingeGraph
import HingeOperators

/// `DepthToSpace` of `[N, height, width, C]` as reshapes and a permutation.
struct DepthToSpaceRule: OperatorRule {
    func write(_ operator: DepthToSpace, _ node: NodeWriting) throws -> [KerasTensor] {
        let (x, extents) = try node.image()
        let block = `operator`.blockSize
        let (height, width, channels) = (extents[0], extents[1], extents[2])
        let depth = channels / (block * block)
        let isDepthFirst = `operator`.order == .depthFirst
        let parts = isDepthFirst ? [block, block, depth] : [depth, block, block]
        let split = try node.reshaped(
            x,
            to: OutputType(
                x.type, Shape([x.shape[0]] + ([height, width] + parts).map { .known($0) })),
            as: "blocks")
        // To [N, height, block, width, block, depth].
        let order = isDepthFirst ? [1, 3, 2, 4, 5] : [1, 4, 2, 5, 3]
        let moved = try node.layer(
            PermuteLayer(dims: order), split,
            giving: OutputType(
                x.type,
                Shape([x.shape[0]] + [height, block, width, block, depth].map { .known($0) })),
            as: "moved")
        return [try node.reshaped(moved, to: try node.output())]
    }
}

/// `SpaceToDepth` of `[N, height, width, C]` as reshapes and a permutation.
struct SpaceToDepthRule: OperatorRule {
    func write(_ operator: SpaceToDepth, _ node: NodeWriting) throws -> [KerasTensor] {
        let (x, extents) = try node.image()
        let block = `operator`.blockSize
        let (height, width, channels) = (extents[0] / block, extents[1] / block, extents[2])
        guard `operator`.order == .depthFirst else {
            throw node.unsupported("the order of the blocks isn't supported")
        }
        let split = try node.reshaped(
            x,
            to: OutputType(
                x.type,
                Shape([x.shape[0]] + [height, block, width, block, channels].map { .known($0) })),
            as: "blocks")
        let moved = try node.layer(
            PermuteLayer(dims: [1, 3, 2, 4, 5]), split,
            giving: OutputType(
                x.type,
                Shape([x.shape[0]] + [height, width, block, block, channels].map { .known($0) })),
            as: "moved")
        return [try node.reshaped(moved, to: try node.output())]
    }
}

extension NodeWriting {
    /// The input `[N, height, width, C]` and its extents but the batch.
    fileprivate func image() throws -> (KerasTensor, [Int]) {
        let x = try tensor(0)
        guard isChannelsLast, x.rank == 4,
            let extents = Shape(Array(x.shape.dimensions.dropFirst())).extents
        else { throw unsupported("Keras needs height, width and channels to be known") }
        return (x, extents)
    }
}
