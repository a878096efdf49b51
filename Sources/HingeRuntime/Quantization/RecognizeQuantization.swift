import HingeGraph
import HingeOperators
import HingeProgram
import HingeTransforms

/// Recognises computations on quantized numbers in what quantizers write for them, so that they run on integers: operators on
/// numbers between `DequantizeLinear` and `QuantizeLinear`, or products of integers that are scaled afterwards.
///
/// It is for programs that are to run: a model that somebody simplifies keeps what its author wrote.
///
/// Rules, of 8-bit integers with one constant scale and zero point unless another is said:
/// 1. What only moves elements, or takes the largest of some, does so before `DequantizeLinear`.
/// 2. Functions of one number between the two become a ``TableLookup``, no function at all nothing, where scales and zero
///    points are the same (``QuantizedFunctions``).
/// 3. `Add`, `Sub` and `Mul` between them, also with `Relu` or `Clip` behind, become a ``QuantizedBinary``.
/// 4. So does `Concat` of dequantized parts: of the parts in the result's quantization.
/// 5. `Conv`, `MatMul` and `Gemm` by constant weights between them, also with `Relu` or `Clip` behind, become `QLinearConv`,
///    `QLinearMatMul` and `QGemm`, where integers can be multiplied fast and exactly.
/// 6. `QLinearConv` and `QLinearMatMul` whose integers can't become `Conv` and `MatMul` of whole numbers, scaled and quantized
///    afterwards.
/// 7. `MatMulInteger`, made numbers and multiplied by two scales, perhaps plus a bias, becomes `MatMulIntegerToFloat`, or
///    likewise `MatMul`. `ConvInteger`, made numbers, becomes `Conv` of whole numbers.
///
/// What doesn't fit into a rule stays as it is. What is given differs from what stood there by single integers, where a number
/// lies between two of them but for rounding.
struct RecognizeQuantization: Pass {
    static let name = "recognize-quantization"

    var anchors: [any Operator.Type]? {
        [
            DequantizeLinear.self, QuantizeLinear.self, MatMulInteger.self, ConvInteger.self,
            QLinearConv.self, QLinearMatMul.self,
        ]
    }

    func run(_ program: inout Program) throws -> Bool {
        try program.edit { editor in
            for id in editor.ids {
                switch editor.operator(id) {
                case is QLinearConv, is QLinearMatMul: try? editor.normalizeProduct(id)
                default: break
                }
            }
            for id in editor.ids {
                switch editor.operator(id) {
                case is QuantizeLinear: try? editor.recognizeQuantized(id)
                case is Mul: try? editor.recognizeScaledProduct(id)
                case is Add: try? editor.recognizeBias(id)
                case is ConvInteger: try? editor.recognizeConvolution(id)
                default: try? editor.dequantizeAfter(id)
                }
            }
        }
    }
}

/// A step that dequantizes.
struct Dequantized {
    /// The integers.
    let source: Program.SlotID
    let quantization: Quantization
    let step: Program.Step
}

extension ProgramEditor {
    /// The step that makes a value of 8-bit integers that share one scale and zero point.
    func dequantized(_ slot: Program.SlotID?) -> Dequantized? {
        guard let id = producer(of: slot), let step = step(id),
            let operation = step.operation as? DequantizeLinear, operation.blockSize == 0,
            operation.outputType == nil || operation.outputType == .float32,
            let source = step.inputs[0],
            let quantization = Quantization(
                scale: step.inputs[1], zeroPoint: step.inputs.count > 2 ? step.inputs[2] : nil,
                dataType(source), self)
        else { return nil }
        return Dequantized(source: source, quantization: quantization, step: step)
    }

    /// The quantization of what a `QuantizeLinear` gives, where it is in single precision.
    private func quantization(_ step: Program.Step, _ operation: QuantizeLinear) -> Quantization? {
        let zeroPoint = step.inputs.count > 2 ? step.inputs[2] : nil
        let type = zeroPoint == nil ? operation.outputType ?? .uint8 : dataType(zeroPoint)
        guard operation.blockSize == 0, dataType(step.inputs[0]) == .float32,
            operation.precision == nil || operation.precision == .float32
        else { return nil }
        return Quantization(scale: step.inputs[1], zeroPoint: zeroPoint, type, self)
    }

    /// Rules 2 to 5, for the step that quantizes the result.
    fileprivate mutating func recognizeQuantized(_ id: Program.StepID) throws {
        guard let step = step(id), let operation = step.operation as? QuantizeLinear,
            let input = step.inputs[0], let result = quantization(step, operation)
        else { return }
        let target = QuantizedTarget(id: id, step: step, input: input, quantization: result)
        if try recognizeFunction(target) { return }
        if try recognizeConcat(target) { return }
        let (value, bounds) = activated(input, result)
        if try recognizeBinary(target, value, bounds) { return }
        try recognizeProduct(target, value, bounds)
    }

    /// What `Relu` and `Clip` by constants are applied to, and the integers that they leave of a quantized result.
    ///
    /// Quantizing keeps the order of numbers, so that bounds can be quantized instead.
    private func activated(
        _ slot: Program.SlotID, _ result: Quantization
    ) -> (value: Program.SlotID, bounds: ClosedRange<Int>) {
        var (value, low, high) = (slot, -Float.infinity, Float.infinity)
        while let id = producer(of: value), let step = step(id),
            let inner = step.inputs.first ?? nil,
            let range = activationRange(step)
        {
            // What is done first is held in what is done later.
            (low, high) = (
                min(max(range.lowerBound, low), high), max(min(range.upperBound, high), low)
            )
            value = inner
        }
        return (value, result.quantized(low)...result.quantized(high))
    }

    /// The numbers that a `Relu` or `Clip` of single precision leaves.
    private func activationRange(_ step: Program.Step) -> ClosedRange<Float>? {
        guard dataType(step.inputs[0]) == .float32 else { return nil }
        if step.operation is Relu { return 0...Float.infinity }
        guard let clip = step.operation as? Clip else { return nil }
        func bound(_ position: Int, _ stated: Float?, _ none: Float) -> Float? {
            guard position < step.inputs.count, let slot = step.inputs[position] else {
                return stated ?? none
            }
            guard let tensor = constant(slot), tensor.count == 1, tensor.dataType == .float32
            else { return nil }
            return try? tensor.array(of: Float.self)[0]
        }
        guard let low = bound(1, clip.minimum, -.infinity),
            let high = bound(2, clip.maximum, .infinity), low <= high
        else { return nil }
        return low...high
    }
}

/// A step that quantizes a result.
struct QuantizedTarget {
    let id: Program.StepID
    let step: Program.Step
    /// The numbers that it quantizes.
    let input: Program.SlotID
    let quantization: Quantization

    /// The slots of the scale and the zero point.
    var scale: Program.SlotID? { step.inputs[1] }
    var zeroPoint: Program.SlotID? { step.inputs.count > 2 ? step.inputs[2] : nil }
}

extension Quantization {
    /// The integer that a number is quantized to.
    func quantized(_ number: Float) -> Int {
        let quotient = number / scale
        let (low, high) = (Float(range.lowerBound - zeroPoint), Float(range.upperBound - zeroPoint))
        guard quotient > low else { return range.lowerBound }
        return Int(min(quotient, high).rounded(.toNearestOrEven)) + zeroPoint
    }
}
