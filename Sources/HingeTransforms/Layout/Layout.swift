import HingeGraph
import HingeOperators

/// Brings spatial operators into the channels-first layout of ONNX, or the channels-last layout of Keras.
///
/// Rules:
/// 1. A spatial operator in the other layout gets the layout wanted, and stands between two transpositions:
///    of its input and of its output.
/// 2. A transposition moves behind the operator that uses it, if that can work on the dimensions in
///    another order: elementwise operators (constants that broadcast are transposed once, here),
///    and those that have axes (`Concat`, `Softmax`, reductions, `Pad`, `Slice` …).
/// 3. Two transpositions in a row are one; one that changes nothing is none; equal ones of
///    the same value are one.
/// 4. A transposition in front of a reshape is none, when it moves only dimensions of extent 1.
/// 5. A transposition in front of flattening and a matrix product with constant weights is none: the
///    weights' rows are put in the order that the elements have without it.
/// 6. Cubic interpolation that makes images smaller, or may, is applied to each channel as an image of its own: ONNX
///    Runtime moves transpositions through it otherwise, and then has no kernel for it.
///
/// The names, types and layout of the graph's inputs and outputs stay as they are. An operator keeps its name; a
/// transposition that stands beside it is named after it.
public struct Layout: Pass {
    /// The name of the pass.
    public static let name = "layout"

    /// The layouts of spatial operators: N is the batch, C the channels.
    public enum Order: Sendable, Hashable {
        /// `[N, C, spatial…]`, as in ONNX.
        case channelsFirst
        /// `[N, spatial…, C]`, as in Keras; spatial operators become ``HingeOperators/ChannelsLast``.
        case channelsLast
    }

    /// The layout to bring spatial operators into.
    public var order: Order

    /// Creates the pass.
    public init(to order: Order) {
        self.order = order
    }

    /// Runs the pass.
    public func run(_ model: inout Model) throws -> Bool {
        var changed = try model.rewrite { rewriter in
            for id in rewriter.ids { try turn(id, &rewriter) }
        }
        guard changed || order == .channelsFirst else { return false }
        // Each round moves every transposition as far down as its operators let it; a round may make
        // new pairs that cancel.
        for _ in 0..<Layout.roundLimit {
            let moved = try model.rewrite { rewriter in
                var sinking = TransposeSinking(order: order)
                try sinking.run(&rewriter)
            }
            _ = try RemoveUnused().run(&model)
            if !moved { break }
            changed = true
        }
        return changed
    }

    /// The largest number of rounds; each moves transpositions through the whole graph, so that few are needed.
    private static let roundLimit = 32

    /// Brings one operator into the layout wanted, between two transpositions.
    private func turn(_ id: GraphRewriter.NodeID, _ rewriter: inout GraphRewriter) throws {
        guard let node = rewriter.node(id), let current = rewriter.operator(id),
            let turned = turned(current, node, rewriter),
            let rank = rewriter.shape(node.inputs[0])?.rank, rank >= 3
        else { return }
        let (before, after) =
            order == .channelsFirst
            ? (Permutation.toChannelsFirst(rank: rank), Permutation.toChannelsLast(rank: rank))
            : (Permutation.toChannelsLast(rank: rank), Permutation.toChannelsFirst(rank: rank))
        let input = try rewriter.insert(
            Transpose(before.order), inputs: [node.inputs[0]], before: id,
            hint: "\(node.outputs[0])/input", name: node.name(beside: "Transpose"))
        let channels = ImageByImage.channels(turned, node, rewriter)
        var image = input
        if channels != nil {
            image = try rewriter.insert(
                Reshape(shape: [-1, 1, 0, 0]), inputs: [input], before: id,
                hint: "\(node.outputs[0])/images", name: node.name(beside: "Reshape"))
        }
        var output = try rewriter.insert(
            turned, inputs: [image] + node.inputs.dropFirst(), before: id,
            hint: "\(node.outputs[0])/\(node.type)", name: node.name)
        if let channels {
            output = try rewriter.insert(
                Reshape(shape: [-1, channels, 0, 0]), inputs: [output], before: id,
                hint: "\(node.outputs[0])/channels", name: node.name(beside: "Reshape"))
        }
        try rewriter.replace(
            [id], with: Transpose(after.order), inputs: [output],
            name: node.name(beside: "Transpose"))
    }

    /// The operator in the layout wanted; `nil` when it is in that already, or has none.
    private func turned(
        _ current: any Operator, _ node: Node, _ rewriter: GraphRewriter
    ) -> (any Operator)? {
        switch order {
        case .channelsFirst:
            return (current as? ChannelsLast)?.base
        case .channelsLast:
            guard Layout.isSpatial(current), !node.inputs.isEmpty,
                node.outputs.dropFirst().allSatisfy({ $0.isEmpty })
            else { return nil }
            return ChannelsLast(current)
        }
    }

    /// Whether an operator has a channel dimension and spatial ones behind it.
    static func isSpatial(_ candidate: any Operator) -> Bool {
        if candidate is any SpatialOperator { return true }
        let types: Set<String> = [
            "BatchNormalization", "GlobalAveragePool", "GlobalLpPool", "GlobalMaxPool",
            "GroupNormalization", "InstanceNormalization", "LRN", "DepthToSpace", "Resize",
            "SpaceToDepth",
        ]
        return candidate.id.domain.isEmpty && types.contains(candidate.id.type)
    }
}

extension Node {
    /// The name of another node that stands beside this one; none when this one has none.
    func name(beside type: String) -> String { name.isEmpty ? "" : "\(name)/\(type)" }
}
