import HingeGraph
import HingeOperators
import HingeProgram

/// The fifth rule of ``RecognizeQuantization``, for operators on numbers.
extension ProgramEditor {
    /// Makes a product by constant weights one of integers.
    ///
    /// - Parameters:
    ///   - value: The result before its activation.
    ///   - bounds: The integers that the activation leaves.
    mutating func recognizeProduct(
        _ target: QuantizedTarget, _ value: Program.SlotID, _ bounds: ClosedRange<Int>
    ) throws {
        guard let id = producer(of: value), let step = step(id), step.inputs.count >= 2 else {
            return
        }
        let product: (operation: any Operator, inputs: [Program.SlotID?])?
        if step.operation is Mul {
            product = try scaledSum(id, operands(target))
        } else if let x = dequantized(step.inputs[0]) {
            product = try self.product(step, x, target)
        } else {
            return
        }
        guard let product else { return }
        guard bounds != target.quantization.range else {
            try replace([target.id], with: product.operation, inputs: product.inputs)
            return
        }
        let result = try insert(product.operation, inputs: product.inputs, before: target.id)
        let table = try target.quantization.held(in: bounds)
        try replace(
            [target.id], with: TableLookup(),
            inputs: [result, addConstant(table, hint: "table")])
    }

    private mutating func product(
        _ step: Program.Step, _ x: Dequantized, _ target: QuantizedTarget
    ) throws -> (any Operator, [Program.SlotID?])? {
        switch step.operation {
        case let conv as Conv: return try convolution(conv, step, x, target)
        case is MatMul:
            guard isMatrix(step.inputs[1]), let weights = weights(step.inputs[1], axis: 1, x) else {
                return nil
            }
            return (
                QLinearMatMul(),
                operands(x) + operands(try integerWeights(weights)) + operands(target)
            )
        case let gemm as Gemm: return try self.gemm(gemm, step, x, target)
        default: return nil
        }
    }

    private mutating func convolution(
        _ conv: Conv, _ step: Program.Step, _ x: Dequantized, _ target: QuantizedTarget
    ) throws -> (any Operator, [Program.SlotID?])? {
        guard let weights = weights(step.inputs[1], axis: 0, x),
            let maps = shape(step.inputs[1])?[0].extent
        else { return nil }
        var inputs = operands(x)
        var bias: Tensor?
        if step.inputs.count > 2, let slot = step.inputs[2] {
            guard let integers = integerBias(slot, maps, x, weights) else { return nil }
            bias = integers
        }
        inputs += operands(try integerWeights(weights)) + operands(target)
        if let bias { inputs.append(addConstant(bias, hint: "bias")) }
        return (QLinearConv(window: conv.window, group: conv.group), inputs)
    }

    private mutating func gemm(
        _ gemm: Gemm, _ step: Program.Step, _ x: Dequantized, _ target: QuantizedTarget
    ) throws -> (any Operator, [Program.SlotID?])? {
        guard gemm.alpha == 1, !gemm.transposesA, isMatrix(step.inputs[1]),
            let weights = weights(step.inputs[1], axis: gemm.transposesB ? 0 : 1, x),
            let columns = shape(step.inputs[1])?[gemm.transposesB ? 0 : 1].extent
        else { return nil }
        var bias: Tensor?
        if step.inputs.count > 2, let slot = step.inputs[2] {
            guard gemm.beta == 1, let integers = integerBias(slot, columns, x, weights) else {
                return nil
            }
            bias = integers
        }
        let b = operands(try integerWeights(weights))
        let c = bias.map { addConstant($0, hint: "bias") }
        return (
            QGemm(alpha: 1, transposesA: false, transposesB: gemm.transposesB),
            operands(x) + b + [c] + operands(target)
        )
    }

    func isMatrix(_ slot: Program.SlotID?) -> Bool { shape(slot)?.rank == 2 }

    /// A value, its scale and its zero point.
    private mutating func operands(_ given: Dequantized) -> [Program.SlotID?] {
        [given.source, given.step.inputs[1]] + [zero(given)]
    }

    private mutating func zero(_ given: Dequantized) -> Program.SlotID {
        if given.step.inputs.count > 2, let slot = given.step.inputs[2] { return slot }
        return addConstant(given.quantization.zero, hint: "zero")
    }

    private mutating func operands(_ target: QuantizedTarget) -> [Program.SlotID?] {
        [
            target.scale,
            target.zeroPoint ?? addConstant(target.quantization.zero, hint: "zero"),
        ]
    }

    func operands(_ weights: IntegerWeights.Slots) -> [Program.SlotID?] {
        [weights.integers, weights.scale, weights.zeroPoint]
    }
}

// MARK: - Weights

/// Constant 8-bit weights, of one scale and zero point or one for each channel of an axis.
struct IntegerWeights {
    let tensor: Tensor
    let scales: [Float]
    let zeroPoints: [Int]
    let axis: Int
    /// Where the weights stand.
    let slot: Program.SlotID

    /// The places of the weights as they go into a product.
    struct Slots {
        let integers: Program.SlotID
        let scale: Program.SlotID?
        let zeroPoint: Program.SlotID
    }

    /// Whether they are signed integers without a zero point.
    var areCentred: Bool { tensor.dataType == .int8 && zeroPoints.allSatisfy { $0 == 0 } }

    /// The least and the largest of the weights less their zero points.
    var range: ClosedRange<Int>? {
        if tensor.dataType == .int8, zeroPoints.allSatisfy({ $0 == 0 }) {
            return try? tensor.withUnsafeElements(of: Int8.self) { elements in
                var (least, largest): (Int8, Int8) = (0, 0)
                for element in elements {
                    least = min(least, element)
                    largest = max(largest, element)
                }
                return Int(least)...Int(largest)
            }
        }
        guard let values = try? centredValues(), let least = values.min(),
            let largest = values.max()
        else { return nil }
        return Int(least)...Int(largest)
    }

    /// The weights less their zero points, which fit into signed integers.
    func centred() throws -> Tensor {
        Tensor(try centredValues().map { Int8(truncatingIfNeeded: $0) }, shape: tensor.shape)
    }

    private func centredValues() throws -> [Int16] {
        let channels = max(tensor.shape[axis], 1)
        let inner = max(tensor.shape.dropFirst(axis + 1).reduce(1, *), 1)
        var values: [Int16] =
            tensor.dataType == .int8
            ? try tensor.array(of: Int8.self).map { Int16($0) }
            : try tensor.array(of: UInt8.self).map { Int16($0) }
        if zeroPoints.allSatisfy({ $0 == 0 }) { return values }
        for index in values.indices {
            let channel = zeroPoints.count == 1 ? 0 : index / inner % channels
            values[index] -= Int16(zeroPoints[channel])
        }
        return values
    }
}

extension ProgramEditor {
    /// The weights that a value is made of, where products of them and the integers of `x` are fast and exact.
    fileprivate func weights(
        _ slot: Program.SlotID?, axis: Int, _ x: Dequantized
    ) -> IntegerWeights? {
        guard let id = producer(of: slot), let step = step(id),
            let operation = step.operation as? DequantizeLinear, operation.blockSize == 0,
            operation.outputType == nil || operation.outputType == .float32,
            let rank = shape(slot)?.rank, axis < rank
        else { return nil }
        let stated = operation.axis < 0 ? operation.axis + rank : operation.axis
        let inputs = step.inputs
        guard
            let weights = weights(
                inputs[0], scale: inputs[1], zeroPoint: inputs.count > 2 ? inputs[2] : nil,
                axis: axis),
            weights.scales.count == 1 || stated == axis,
            weights.areUsable(with: x.quantization.type)
        else { return nil }
        return weights
    }

    /// - Parameter axis: The axis along which scales and zero points may vary.
    func weights(
        _ slot: Program.SlotID?, scale: Program.SlotID?, zeroPoint: Program.SlotID?, axis: Int
    ) -> IntegerWeights? {
        guard let slot, let tensor = constant(slot), tensor.dataType.is8BitInteger,
            tensor.shape.count > axis, let scale = constant(scale), scale.dataType == .float32,
            let scales = try? scale.array(of: Float.self),
            scales.count == 1 || scales.count == tensor.shape[axis],
            scales.allSatisfy({ $0.isNormal && $0 > 0 }),
            zeroPoint == nil || constant(zeroPoint) != nil
        else { return nil }
        let zeros = (try? constant(zeroPoint)?.integers()) ?? [0]
        guard zeros.count == 1 || zeros.count == tensor.shape[axis] else { return nil }
        return IntegerWeights(
            tensor: tensor, scales: scales, zeroPoints: zeros, axis: axis, slot: slot)
    }

    /// The weights as signed integers without a zero point.
    mutating func integerWeights(
        _ weights: IntegerWeights
    ) throws -> IntegerWeights.Slots {
        let scale = addConstant(
            weights.scales.count == 1
                ? Tensor(scalar: weights.scales[0])
                : Tensor(weights.scales, shape: [weights.scales.count]), hint: "scale")
        let zero = addConstant(Tensor(scalar: Int8(0)), hint: "zero")
        guard !weights.areCentred else {
            return .init(integers: weights.slot, scale: scale, zeroPoint: zero)
        }
        let integers = addConstant(try weights.centred(), hint: hint(weights.slot))
        return .init(integers: integers, scale: scale, zeroPoint: zero)
    }

    /// A bias in units of the product of both scales, where it is a whole number of them but for rounding.
    fileprivate func integerBias(
        _ slot: Program.SlotID, _ count: Int, _ x: Dequantized, _ weights: IntegerWeights
    ) -> Tensor? {
        guard let tensor = constant(slot), tensor.count == count, tensor.dataType == .float32,
            tensor.shape.last == count, let numbers = try? tensor.array(of: Float.self)
        else { return nil }
        var integers: [Int32] = []
        for (index, number) in numbers.enumerated() {
            let weight = weights.scales[weights.scales.count == 1 ? 0 : index]
            let quotient = Double(number) / (Double(x.quantization.scale) * Double(weight))
            let whole = quotient.rounded()
            guard abs(quotient - whole) <= max(1e-4, abs(whole) * 5e-7), abs(whole) < 0x1p31,
                whole.isFinite
            else { return nil }
            integers.append(Int32(whole))
        }
        return Tensor(integers, shape: [count])
    }
}

extension IntegerWeights {
    /// Whether products of them and integers of a type are fast and exact.
    func areUsable(with source: DataType) -> Bool {
        #if OneDNN
            guard let range, range.lowerBound >= -128, range.upperBound <= 127 else { return false }
            return IntegerArithmetic.isExact(
                source, largestWeight: max(-range.lowerBound, range.upperBound))
        #else
            return false
        #endif
    }
}

extension DataType {
    /// Whether it is of 8-bit integers.
    var is8BitInteger: Bool { self == .uint8 || self == .int8 }
}

extension Quantization {
    /// The zero point.
    var zero: Tensor {
        type == .uint8
            ? Tensor(scalar: UInt8(truncatingIfNeeded: zeroPoint))
            : Tensor(scalar: Int8(truncatingIfNeeded: zeroPoint))
    }

    /// The table that holds integers in bounds.
    func held(in bounds: ClosedRange<Int>) throws -> Tensor {
        let held = try allIntegers.integers().map {
            min(max($0, bounds.lowerBound), bounds.upperBound)
        }
        return type == .uint8
            ? Tensor(held.map { UInt8($0) }, shape: [256])
            : Tensor(held.map { Int8($0) }, shape: [256])
    }
}
