import HingeGraph
import HingeOperators
import HingeProgram

/// Recognises LayerNormalization in what exporters write for it.
///
/// With `m = ReduceMean(x)` over the last dimensions and `d = x − m`, rules:
/// 1. `d / Sqrt(ReduceMean(d²) + epsilon)` becomes `LayerNormalization` with a scale of ones; the square is
///    `Pow(d, 2)` or `d · d`, and `d` may be computed twice.
/// 2. The product of that with a constant, which broadcasts to the normalized dimensions, is its scale.
/// 3. The sum of that with a constant, which broadcasts likewise, is its bias.
///
/// The result may differ in the last bits.
public struct FuseLayerNormalization: Pass {
    /// The name of the pass.
    public static let name = "fuse-layer-normalization"

    /// Creates the pass.
    public init() {}

    /// What each of its rules needs.
    public var anchors: [any Operator.Type]? { [ReduceMean.self] }

    /// Runs the pass.
    public func run(_ program: inout Program) throws -> Bool {
        try program.edit { editor in
            for id in editor.ids {
                guard let core = Core(id, editor) else { continue }
                try replace(core, id, &editor)
            }
        }
    }

    private func replace(
        _ core: Core, _ id: Program.StepID, _ editor: inout ProgramEditor
    ) throws {
        guard let shape = editor.shape(core.x), let step = editor.step(id),
            let type = editor.dataType(core.x),
            let normalized = core.normalized(shape)
        else { return }
        var steps = core.steps + [id]
        var output = step.outputs[0]
        var scale: Program.SlotID?
        var bias: Program.SlotID?
        if let (next, slot) = follower(output, as: Mul.self, normalized, editor) {
            scale = slot
            steps.append(next)
            output = editor.step(next)?.outputs[0] ?? output
        }
        if let (next, slot) = follower(output, as: Add.self, normalized, editor) {
            bias = slot
            steps.append(next)
        }
        if scale == nil {
            guard let extents = Shape(normalized).extents else { return }
            scale = editor.addConstant(
                try Tensor(filledWith: 1, type, shape: extents),
                hint: "\(editor.hint(output))_scale")
        }
        guard let scale else { return }
        try editor.replace(
            steps,
            with: LayerNormalization(axis: -normalized.count, epsilon: Float(core.epsilon)),
            inputs: [core.x, scale] + (bias.map { [$0] } ?? []))
    }

    /// The step that combines a value with a constant that broadcasts to the normalized dimensions.
    private func follower<Kind: Operator>(
        _ value: Program.SlotID?, as kind: Kind.Type, _ normalized: [Shape.Dimension],
        _ editor: ProgramEditor
    ) -> (Program.StepID, Program.SlotID)? {
        guard let id = editor.soleConsumer(of: value) else { return nil }
        for (first, second) in editor.operands(id, as: kind) where first == value {
            guard let constant = editor.constant(second),
                constant.rank <= normalized.count,
                zip(constant.shape.reversed(), normalized.reversed())
                    .allSatisfy({ $0 == 1 || .known($0) == $1 })
            else { continue }
            return (id, second)
        }
        return nil
    }
}

/// The steps of `(x − m) / Sqrt(ReduceMean((x − m)²) + epsilon)`, but for the division.
private struct Core {
    var x: Program.SlotID
    var epsilon = 0.0
    var steps: [Program.StepID] = []
    private var axes: [Int] = []

    /// The step is the division.
    init?(_ id: Program.StepID, _ editor: ProgramEditor) {
        guard let (division, _) = editor.match(id, as: Div.self),
            let root = editor.inner(division.inputs[1], as: Sqrt.self, usedBy: id),
            let argument = editor.input(root),
            let sum = editor.inner(argument, as: Add.self, usedBy: root),
            let (variance, epsilon) = Core.variance(sum, editor),
            let mean = editor.inner(variance, as: ReduceMean.self, usedBy: sum),
            let squares = editor.input(mean),
            let square = editor.producer(of: squares),
            editor.soleConsumer(of: squares) == mean,
            let deviation = Core.squared(square, editor),
            let axes = Core.axes(mean, editor), let dividend = division.inputs[0]
        else { return nil }
        let deviations = Set([dividend, deviation])
        var x: Program.SlotID?
        var subtractions: [Program.StepID] = []
        var means: Set<Program.SlotID> = []
        for slot in deviations.sorted() {
            guard let difference = editor.producer(of: slot),
                let (step, _) = editor.match(difference, as: Sub.self),
                !editor.isOutput(slot),
                Set(editor.consumers(of: slot)).isSubset(of: [id, square]),
                let mean = step.inputs[1], x == nil || x == step.inputs[0]
            else { return nil }
            x = step.inputs[0]
            means.insert(mean)
            subtractions.append(difference)
        }
        var averages: [Program.StepID] = []
        for slot in means.sorted() {
            guard let average = editor.producer(of: slot),
                let (step, _) = editor.match(average, as: ReduceMean.self),
                step.inputs[0] == x, !editor.isOutput(slot),
                Set(editor.consumers(of: slot)).isSubset(of: Set(subtractions)),
                Core.axes(average, editor) == axes
            else { return nil }
            averages.append(average)
        }
        guard let x else { return nil }
        self.x = x
        self.epsilon = epsilon
        self.axes = axes
        steps = averages + subtractions + [square, mean, sum, root]
    }

    /// The normalized dimensions of a shape; `nil` unless they are the last ones.
    func normalized(_ shape: Shape) -> [Shape.Dimension]? {
        guard let first = try? InferenceContext.axes(axes, rank: shape.rank).sorted(),
            let start = first.first, first == Array(start..<shape.rank)
        else { return nil }
        return Array(shape.dimensions[start...])
    }

    private static func variance(
        _ sum: Program.StepID, _ editor: ProgramEditor
    ) -> (Program.SlotID, Double)? {
        for (variance, constant) in editor.operands(sum, as: Add.self) {
            if let epsilon = editor.number(constant), epsilon >= 0 { return (variance, epsilon) }
        }
        return nil
    }

    /// The value that a step squares.
    private static func squared(
        _ id: Program.StepID, _ editor: ProgramEditor
    ) -> Program.SlotID? {
        if let (step, _) = editor.match(id, as: Mul.self) {
            return step.inputs[0] == step.inputs[1] ? step.inputs[0] : nil
        }
        guard let (step, _) = editor.match(id, as: Pow.self),
            editor.isPower(step.inputs[1], 2)
        else { return nil }
        return step.inputs[0]
    }

    /// The axes of a mean that keeps its dimensions.
    private static func axes(
        _ id: Program.StepID, _ editor: ProgramEditor
    ) -> [Int]? {
        guard let (step, mean) = editor.match(id, as: ReduceMean.self), mean.keepsDimensions
        else { return nil }
        if let axes = mean.axes { return axes }
        guard step.inputs.count > 1 else { return nil }
        return try? editor.constant(step.inputs[1])?.integers()
    }
}
