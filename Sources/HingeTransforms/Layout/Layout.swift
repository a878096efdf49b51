import HingeGraph
import HingeOperators
import HingeProgram

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
    public func run(_ program: inout Program) throws -> Bool {
        var changed = try program.edit { editor in
            for id in editor.ids { try turn(id, &editor) }
        }
        guard changed || order == .channelsFirst else { return false }
        // Each round moves every transposition as far down as its operators let it; a round may make
        // new pairs that cancel.
        for _ in 0..<Layout.roundLimit {
            let moved = try program.edit { editor in
                var sinking = TransposeSinking(order: order)
                try sinking.run(&editor)
            }
            _ = try RemoveUnused().run(&program)
            if !moved { break }
            changed = true
        }
        return changed
    }

    /// The largest number of rounds; each moves transpositions through the whole graph, so that few are needed.
    private static let roundLimit = 32

    /// Brings one operator into the layout wanted, between two transpositions.
    private func turn(_ id: Program.StepID, _ editor: inout ProgramEditor) throws {
        guard let step = editor.step(id), let turned = turned(step, editor),
            let rank = editor.shape(step.inputs[0])?.rank, rank >= 3
        else { return }
        let (before, after) =
            order == .channelsFirst
            ? (Permutation.toChannelsFirst(rank: rank), Permutation.toChannelsLast(rank: rank))
            : (Permutation.toChannelsLast(rank: rank), Permutation.toChannelsFirst(rank: rank))
        let name = editor.hint(step.outputs[0])
        let input = try editor.insert(
            Transpose(before.order), inputs: [step.inputs[0]], before: id,
            hint: "\(name)/input", name: step.name(beside: "Transpose"))
        let channels = ImageByImage.channels(turned, step, editor)
        var image = input
        if channels != nil {
            image = try editor.insert(
                Reshape(shape: [-1, 1, 0, 0]), inputs: [input], before: id,
                hint: "\(name)/images", name: step.name(beside: "Reshape"))
        }
        var output = try editor.insert(
            turned, inputs: [image] + step.inputs.dropFirst(), before: id,
            hint: "\(name)/\(step.operation.id.type)", name: step.name)
        if let channels {
            output = try editor.insert(
                Reshape(shape: [-1, channels, 0, 0]), inputs: [output], before: id,
                hint: "\(name)/channels", name: step.name(beside: "Reshape"))
        }
        try editor.replace(
            [id], with: Transpose(after.order), inputs: [output],
            name: step.name(beside: "Transpose"))
    }

    /// The operator in the layout wanted; `nil` when it is in that already, or has none.
    private func turned(_ step: Program.Step, _ editor: ProgramEditor) -> (any Operator)? {
        let current = step.operation
        switch order {
        case .channelsFirst:
            return (current as? ChannelsLast)?.base
        case .channelsLast:
            guard current.isSpatial, !step.inputs.isEmpty,
                step.outputs.dropFirst().allSatisfy({ $0 == nil })
            else { return nil }
            return ChannelsLast(current)
        }
    }
}

extension Program.Step {
    /// The name of another step that stands beside this one; none when this one has none.
    func name(beside type: String) -> String { name.isEmpty ? "" : "\(name)/\(type)" }
}
