import HingeGraph
import HingeOperators
import HingeProgram

/// Puts a convolution of single pixels in the place of a `ConvTranspose` whose windows lie side by side.
///
/// Where kernel and stride are the same, and nothing is padded, each pixel of the input becomes a block of the output by itself:
/// `Conv` with a kernel of 1 × 1 computes the pixels of all blocks as channels, and `DepthToSpace` brings them to their places.
/// Each output is the sum of the same products. That holds for square blocks, one group and constant weights.
public struct ExpressConvTranspose: Pass {
    /// The name of the pass.
    public static let name = "express-conv-transpose"

    /// Creates the pass.
    public init() {}

    /// What each of its rules needs.
    public var anchors: [any Operator.Type]? { [ConvTranspose.self] }

    /// Runs the pass.
    public func run(_ program: inout Program) throws -> Bool {
        try program.edit { editor in
            for id in editor.ids {
                guard let blocks = Blocks(id, editor) else { continue }
                try blocks.replace(id, &editor)
            }
        }
    }
}

/// A `ConvTranspose` that writes blocks.
private struct Blocks {
    private let size: Int
    private let input: Program.SlotID
    private let weights: Tensor
    private let bias: Tensor?

    init?(_ id: Program.StepID, _ editor: ProgramEditor) {
        guard let (step, operation) = editor.match(id, as: ConvTranspose.self),
            step.inputs.count >= 2, let input = step.inputs[0],
            let weights = editor.constant(step.inputs[1]), weights.dataType == .float32,
            weights.rank == 4, operation.group == 1, !weights.shape.contains(0)
        else { return nil }
        let size = weights.shape[2]
        let window = operation.window
        let isUnpadded =
            switch window.padding {
            case .explicit(let amounts): amounts.allSatisfy { $0 == 0 }
            case .valid: true
            case .sameUpper, .sameLower: false
            }
        guard size > 1, weights.shape[3] == size, window.strides == [size, size],
            window.kernel.isEmpty || window.kernel == [size, size],
            window.dilations.allSatisfy({ $0 == 1 }), isUnpadded, operation.outputShape.isEmpty,
            operation.outputPadding.allSatisfy({ $0 == 0 })
        else { return nil }
        var bias: Tensor?
        if step.inputs.count > 2, let slot = step.inputs[2] {
            guard let constant = editor.constant(slot), constant.dataType == .float32 else {
                return nil
            }
            bias = constant
        }
        self.size = size
        self.input = input
        self.weights = weights
        self.bias = bias
    }

    func replace(_ id: Program.StepID, _ editor: inout ProgramEditor) throws {
        let name = editor.step(id)?.name ?? ""
        let (channels, maps) = (weights.shape[0], weights.shape[1])
        let places = size * size
        let given = try weights.array(of: Float.self)
        // The pixels of a block one after the other, with all feature maps of each.
        var kernel = try [Float](bounded: 0, count: given.count)
        for index in kernel.indices {
            let (row, channel) = index.quotientAndRemainder(dividingBy: channels)
            let (place, map) = row.quotientAndRemainder(dividingBy: maps)
            kernel[index] = given[(channel * maps + map) * places + place]
        }
        var inputs: [Program.SlotID?] = [
            input,
            editor.addConstant(
                Tensor(kernel, shape: [places * maps, channels, 1, 1]),
                hint: editor.hint(input) + "_blocks"),
        ]
        if let bias {
            let numbers = try bias.array(of: Float.self)
            inputs.append(
                editor.addConstant(
                    Tensor(
                        (0..<places).flatMap { _ in numbers }, shape: [places * numbers.count]),
                    hint: editor.hint(input) + "_bias"))
        }
        var pixels = try editor.insert(
            Conv(), inputs: inputs, before: id, hint: name.isEmpty ? nil : "\(name)/Conv")
        // Functions of each element are the same before they are moved, where they can join the convolution.
        var steps = [id]
        while let output = editor.step(steps[steps.count - 1])?.outputs.first,
            let next = editor.soleConsumer(of: output), let step = editor.step(next),
            step.operation.locality == .elementwise, step.operation.isDeterministic,
            step.inputs == [output], step.outputs.count == 1, step.bodies.isEmpty,
            editor.dataType(step.outputs[0]) == .float32
        {
            pixels = try editor.insert(
                step.operation, inputs: [pixels], before: id, name: step.name)
            steps.append(next)
        }
        try editor.replace(steps, with: DepthToSpace(blockSize: size), inputs: [pixels])
    }
}
