import HingeGraph
import HingeOperators
import HingeProgram

/// Computes what follows a convolution or a matrix product, and only scales and shifts its channels, into the weights.
///
/// With constant weights and a result that nothing else uses, where all numbers are finite and stay so, rules:
/// 1. `BatchNormalization` with constant inputs, outside training, after `Conv`, `ConvTranspose`, `Gemm`, or a
///    `MatMul` of two matrices, which becomes a `Gemm`.
/// 2. `Mul` or `Div` with a constant of one element for each channel, after the same.
/// 3. `Add` or `Sub` with such a constant, after `Conv` and `ConvTranspose`.
///
/// Weights are computed in double precision and rounded once. The result differs in the last bits from that of
/// the nodes one by one.
public struct FuseBatchNormalization: Pass {
    /// The name of the pass.
    public static let name = "fuse-batch-normalization"

    /// Creates the pass.
    public init() {}

    /// What each of its rules needs.
    public var anchors: [any Operator.Type]? {
        [Conv.self, ConvTranspose.self, Gemm.self, MatMul.self]
    }

    /// Runs the pass.
    public func run(_ program: inout Program) throws -> Bool {
        try program.edit { editor in
            for id in editor.ids {
                // What was fused may be followed by more.
                var current: Program.StepID? = id
                while let next = current { current = try fuse(next, &editor) }
            }
        }
    }

    /// Fuses a linear step with the one behind it; returns the new step.
    private func fuse(
        _ id: Program.StepID, _ editor: inout ProgramEditor
    ) throws -> Program.StepID? {
        guard let linear = LinearNode(id, editor),
            let follower = editor.soleConsumer(of: linear.output),
            let affine = ChannelAffine(follower, linear, editor), affine.isUseful(after: linear),
            let output = editor.step(follower)?.outputs[0]
        else { return nil }
        guard let (weights, bias) = try linear.scaled(by: affine) else { return nil }
        let name = editor.hint(output)
        let inputs = [
            linear.input, editor.addConstant(weights, hint: "\(name)_weight"),
            editor.addConstant(bias, hint: "\(name)_bias"),
        ]
        return try editor.replace([id, follower], with: linear.replacement, inputs: inputs)
    }
}

/// A convolution or matrix product with constant weights and bias.
private struct LinearNode {
    /// The operator, with weights as inputs 1 and bias as input 2, neither scaled.
    let replacement: any Operator
    let input: Program.SlotID
    let output: Program.SlotID
    let channelCount: Int
    /// The rank of the result.
    let rank: Int
    private let weights: Tensor
    private let bias: [Double]
    /// The channel of each element of the weights.
    private let channel: (Int) -> Int
    /// The factor that the operator has for its weights.
    private let factor: Double

    init?(_ id: Program.StepID, _ editor: ProgramEditor) {
        guard let step = editor.step(id), step.inputs.count >= 2, let input = step.inputs[0],
            step.outputs.count == 1, let output = step.outputs[0],
            let weights = editor.constant(step.inputs[1]),
            let rank = editor.shape(output)?.rank, weights.count > 0
        else { return nil }
        switch weights.dataType {
        case .float32, .float64, .float16, .bfloat16: break
        default: return nil
        }
        self.output = output
        self.weights = weights
        self.rank = rank
        self.input = input
        var biasFactor = 1.0
        switch step.operation {
        case is Conv:
            guard weights.rank >= 3 else { return nil }
            replacement = step.operation
            factor = 1
            channelCount = weights.shape[0]
            let length = weights.count / weights.shape[0]
            channel = { $0 / length }
        case let transposed as ConvTranspose:
            guard weights.rank >= 3, transposed.group > 0,
                weights.shape[0] % transposed.group == 0
            else { return nil }
            replacement = step.operation
            factor = 1
            let (inputs, maps) = (weights.shape[0], weights.shape[1])
            channelCount = maps * transposed.group
            let length = weights.count / inputs
            let perGroup = inputs / transposed.group
            let kernel = length / maps
            channel = { $0 / length / perGroup * maps + $0 % length / kernel }
        case let product as Gemm:
            guard weights.rank == 2 else { return nil }
            var plain = product
            plain.alpha = 1
            plain.beta = 1
            replacement = plain
            factor = Double(product.alpha)
            biasFactor = Double(product.beta)
            let (rows, columns) = (weights.shape[0], weights.shape[1])
            channelCount = product.transposesB ? rows : columns
            channel = product.transposesB ? { $0 / columns } : { $0 % columns }
        case is MatMul:
            guard weights.rank == 2, rank == 2, editor.shape(input)?.rank == 2 else {
                return nil
            }
            replacement = Gemm()
            factor = 1
            let columns = weights.shape[1]
            channelCount = columns
            channel = { $0 % columns }
        default: return nil
        }
        var values = [Double](repeating: 0, count: channelCount)
        if step.inputs.count > 2, let bias = step.inputs[2] {
            guard let constant = editor.constant(bias),
                constant.shape.dropLast().allSatisfy({ $0 == 1 }),
                constant.count == 1 || constant.count == channelCount,
                let given = try? constant.doubles()
            else { return nil }
            for index in values.indices {
                values[index] = biasFactor * given[given.count == 1 ? 0 : index]
            }
        }
        bias = values
    }

    /// The weights and the bias that give the result scaled and shifted; `nil` when they aren't finite.
    func scaled(by affine: ChannelAffine) throws -> (Tensor, Tensor)? {
        var elements = try weights.doubles()
        for index in elements.indices {
            elements[index] *= factor * affine.scale[channel(index)]
        }
        let shifted = zip(bias, zip(affine.scale, affine.shift)).map { $0 * $1.0 + $1.1 }
        // What is scaled before it is summed up overflows earlier; products with 0 and infinity aren't associative.
        let limit = weights.dataType == .float16 ? 6e4 : 1e38
        guard (elements + shifted).allSatisfy({ abs($0) < limit }) else { return nil }
        return (
            try Tensor(rounding: elements, weights.dataType, shape: weights.shape),
            try Tensor(rounding: shifted, weights.dataType, shape: [channelCount])
        )
    }
}

/// A scale and a shift for each channel.
private struct ChannelAffine {
    let scale: [Double]
    let shift: [Double]
    private let isNormalization: Bool
    private let isShift: Bool

    init?(_ id: Program.StepID, _ linear: LinearNode, _ editor: ProgramEditor) {
        let count = linear.channelCount
        if let (step, normalization) = editor.match(id, as: BatchNormalization.self) {
            guard !normalization.isTraining, !normalization.isPerElement,
                step.inputs.count == 5, step.inputs[0] == linear.output,
                step.outputs.dropFirst().allSatisfy({ editor.isUnused($0) })
            else { return nil }
            let parameters = step.inputs.dropFirst().compactMap {
                try? editor.constant($0)?.doubles()
            }
            guard parameters.count == 4, parameters.allSatisfy({ $0.count == count }) else {
                return nil
            }
            scale = zip(parameters[0], parameters[3]).map {
                $0 / ($1 + Double(normalization.epsilon)).squareRoot()
            }
            shift = zip(parameters[1], zip(parameters[2], scale)).map { $0 - $1.0 * $1.1 }
            isNormalization = true
            isShift = false
            return
        }
        isNormalization = false
        let ones = [Double](repeating: 1, count: count)
        let zeros = [Double](repeating: 0, count: count)
        guard let step = editor.step(id), step.inputs.count == 2,
            step.operation.locality == .broadcasting
        else { return nil }
        let isFirst = step.inputs[0] == linear.output
        guard let constant = editor.constant(step.inputs[isFirst ? 1 : 0]),
            let values = ChannelAffine.perChannel(constant, linear)
        else { return nil }
        switch step.operation {
        case is Mul: (scale, shift, isShift) = (values, zeros, false)
        case is Div where isFirst && !values.contains(0):
            (scale, shift, isShift) = (values.map { 1 / $0 }, zeros, false)
        case is Add: (scale, shift, isShift) = (ones, values, true)
        case is Sub where isFirst: (scale, shift, isShift) = (ones, values.map { -$0 }, true)
        default: return nil
        }
    }

    /// Whether there is less to do when it is part of the weights.
    ///
    /// A matrix product and a sum are best left to what fuses them when running.
    func isUseful(after linear: LinearNode) -> Bool {
        isNormalization || !isShift || linear.replacement is any SpatialOperator
    }

    /// The value for each channel of a constant that broadcasts along all other dimensions.
    private static func perChannel(_ constant: Tensor, _ linear: LinearNode) -> [Double]? {
        guard constant.rank <= linear.rank, let values = try? constant.doubles() else {
            return nil
        }
        if values.count == 1 {
            return [Double](repeating: values[0], count: linear.channelCount)
        }
        // Channels are dimension 1, both of [N, C, spatial…] and of [M, N].
        let aligned =
            [Int](repeating: 1, count: linear.rank - constant.rank) + constant.shape
        guard values.count == linear.channelCount, aligned[1] == linear.channelCount else {
            return nil
        }
        return values
    }
}

extension Tensor {
    /// Creates a tensor of floating-point numbers, each rounded to the element type.
    init(rounding elements: [Double], _ type: DataType, shape: [Int]) throws {
        switch type {
        case .float64: self.init(elements, shape: shape)
        case .float32: self.init(elements.map { Float($0) }, shape: shape)
        case .float16: self.init(elements.map { Float16($0) }, shape: shape)
        case .bfloat16: self.init(elements.map { BFloat16(Float($0)) }, shape: shape)
        default: throw HingeError(.internalError, "\(type) is no floating-point type of 16 bits")
        }
    }
}
