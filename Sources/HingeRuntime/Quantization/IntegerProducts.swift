import HingeGraph
import HingeOperators
import HingeProgram
import HingeTransforms

/// The last rules of ``RecognizeQuantization``, for operators on integers.
extension ProgramEditor {
    /// Brings a product of quantized values into the form that runs on integers, or makes it one of whole numbers.
    mutating func normalizeProduct(_ id: Program.StepID) throws {
        guard let step = step(id), let product = LinearProduct(step, self) else { return }
        guard product.isUsable else { return try expand(product, id) }
        if product.weights.areCentred { return }
        let slots = try integerWeights(product.weights)
        setInputs(
            id, Array(step.inputs[..<3]) + operands(slots) + Array(step.inputs[6...]))
    }

    /// Puts a product of whole numbers of single precision, which sums up exactly what integers of 24 bits hold, in the place
    /// of one of integers.
    private mutating func expand(_ product: LinearProduct, _ id: Program.StepID) throws {
        let step = product.step
        let a = try wholeNumbers(step.inputs[0], zeroPoint: step.inputs[2], axis: 0, before: id)
        let b = try wholeNumbers(
            step.inputs[3], zeroPoint: step.inputs[5], axis: product.weights.axis, before: id)
        var inputs: [Program.SlotID?] = [a, b]
        if step.inputs.count > 8, let bias = step.inputs[8] {
            inputs.append(try insert(Cast(to: .float32), inputs: [bias], before: id))
        }
        let sums = try insert(product.operation, inputs: inputs, before: id)
        let scale = addConstant(product.factors, hint: "scale")
        let numbers = try insert(Mul(), inputs: [sums, scale], before: id)
        let one = addConstant(Tensor(scalar: 1 as Float), hint: "one")
        let zero = addConstant(product.result.zero, hint: "zero")
        try replace([id], with: QuantizeLinear(), inputs: [numbers, one, zero])
    }

    /// Integers less their zero point, which may be absent, in single precision.
    private mutating func wholeNumbers(
        _ slot: Program.SlotID?, zeroPoint: Program.SlotID?, axis: Int, before id: Program.StepID
    ) throws -> Program.SlotID {
        let extents = zeroPoint == nil ? [] : shape(zeroPoint)?.extents ?? []
        let count = extents.reduce(1, *)
        let ones = addConstant(
            Tensor([Float](repeating: 1, count: count), shape: extents), hint: "one")
        return try insert(
            DequantizeLinear(axis: axis), inputs: [slot, ones, zeroPoint], before: id)
    }

    /// Makes a convolution of integers by constant weights, which is made numbers, one of whole numbers.
    mutating func recognizeConvolution(_ id: Program.StepID) throws {
        guard let (step, operation) = match(id, as: ConvInteger.self),
            let cast = soleConsumer(of: step.outputs[0]), match(cast, as: Cast.self) != nil,
            dataType(self.step(cast)?.outputs.first ?? nil) == .float32,
            let weights = constant(step.inputs[1]), weights.dataType.is8BitInteger,
            weights.count / max(weights.shape[0], 1) < 1 << 15
        else { return }
        // The sums wrap around in no case.
        let zeros = [2, 3].map { $0 < step.inputs.count ? step.inputs[$0] : nil }
        let x = try wholeNumbers(step.inputs[0], zeroPoint: zeros[0], axis: 0, before: cast)
        let w = try wholeNumbers(step.inputs[1], zeroPoint: zeros[1], axis: 0, before: cast)
        try replace(
            [id, cast], with: Conv(window: operation.window, group: operation.group),
            inputs: [x, w])
    }

    /// Makes a product of integers that two scales are applied to one operator.
    mutating func recognizeScaledProduct(_ id: Program.StepID) throws {
        for (numbers, scale) in operands(id, as: Mul.self) {
            guard let cast = inner(numbers, as: Cast.self, usedBy: id),
                let integers = input(cast), let product = producer(of: integers),
                let (step, _) = match(product, as: MatMulInteger.self),
                soleConsumer(of: integers) == cast, dataType(numbers) == .float32,
                let type = dataType(step.inputs[0]), type.is8BitInteger,
                isMatrix(step.inputs[1]), let pair = scales(scale)
            else { continue }
            let output = self.step(id)?.outputs.first ?? nil
            // A constant scale is left to what quantizes the result.
            if pair.a == nil, match(soleConsumer(of: output), as: QuantizeLinear.self) != nil {
                return
            }
            let zeros = [2, 3].map { $0 < step.inputs.count ? step.inputs[$0] : nil }
            guard shape(zeros[0])?.extents?.allSatisfy({ $0 == 1 }) ?? (zeros[0] == nil),
                let weights = weights(step.inputs[1], scale: pair.b, zeroPoint: zeros[1], axis: 1)
            else { return }
            if weights.areUsable(with: type) {
                let one = addConstant(Tensor(scalar: 1 as Float), hint: "one")
                let slots = try integerWeights(weights)
                try replace(
                    [product, cast, id], with: MatMulIntegerToFloat(),
                    inputs: [
                        step.inputs[0], slots.integers, pair.a ?? one, slots.scale, zeros[0],
                        slots.zeroPoint,
                    ])
            } else if weights.tensor.shape[0] < 1 << 15 {
                // The sums wrap around in no case.
                let a = try wholeNumbers(step.inputs[0], zeroPoint: zeros[0], axis: 0, before: cast)
                let b = try wholeNumbers(step.inputs[1], zeroPoint: zeros[1], axis: 1, before: cast)
                try replace([product, cast], with: MatMul(), inputs: [a, b])
            }
            return
        }
    }

    /// The scales that a factor is the product of: that of the left factor, which a run computes, `nil` for 1, and that of the
    /// right one, one or one for each column.
    private func scales(
        _ factor: Program.SlotID
    ) -> (a: Program.SlotID?, b: Program.SlotID)? {
        func isRight(_ slot: Program.SlotID) -> Bool {
            guard let scale = constant(slot) else { return false }
            return scale.dataType == .float32 && scale.shape.count <= 1
        }
        if isRight(factor) { return (nil, factor) }
        for (a, b) in operands(producer(of: factor), as: Mul.self)
        where shape(a)?.rank == 0 && dataType(a) == .float32 && constant(a) == nil && isRight(b) {
            return (a, b)
        }
        return nil
    }

    /// A product of integers by constant weights, perhaps plus a constant of integers, multiplied by a constant scale, as `QGemm`.
    ///
    /// - Parameters:
    ///   - id: The step that multiplies by the scale.
    ///   - result: The scale and the zero point of the result.
    mutating func scaledSum(
        _ id: Program.StepID, _ result: [Program.SlotID?]
    ) throws -> (any Operator, [Program.SlotID?])? {
        for (numbers, scale) in operands(id, as: Mul.self) {
            guard let cast = producer(of: numbers), match(cast, as: Cast.self) != nil,
                dataType(numbers) == .float32, let scales = constant(scale),
                scales.dataType == .float32, scales.shape.count <= 1
            else { continue }
            var (sums, bias) = (input(cast), Program.SlotID?.none)
            for (product, other) in operands(producer(of: sums), as: Add.self)
            where constant(other) != nil {
                (sums, bias) = (product, other)
                break
            }
            guard let product = producer(of: sums),
                let (step, _) = match(product, as: MatMulInteger.self),
                shape(step.inputs[0])?.rank == 2, isMatrix(step.inputs[1]),
                let type = dataType(step.inputs[0]),
                case let zeros = [2, 3].map({ $0 < step.inputs.count ? step.inputs[$0] : nil }),
                let weights = weights(step.inputs[1], scale: scale, zeroPoint: zeros[1], axis: 1),
                weights.areUsable(with: type)
            else { return nil }
            if let bias {
                guard let tensor = constant(bias), tensor.dataType == .int32,
                    tensor.shape == [weights.tensor.shape[1]]
                else { return nil }
            }
            let one = addConstant(Tensor(scalar: 1 as Float), hint: "one")
            let right = operands(try integerWeights(weights))
            let left = [step.inputs[0], one, zeros[0]]
            return (
                QGemm(alpha: 1, transposesA: false, transposesB: false),
                left + right + [bias] + result
            )
        }
        return nil
    }

    /// Adds a constant bias within the operator that gives the product.
    mutating func recognizeBias(_ id: Program.StepID) throws {
        for (product, bias) in operands(id, as: Add.self) {
            guard let inner = inner(product, as: MatMulIntegerToFloat.self, usedBy: id),
                let step = step(inner), step.inputs.count < 7, let tensor = constant(bias),
                tensor.dataType == .float32,
                tensor.shape == [shape(step.inputs[1])?[1].extent ?? 0]
            else { continue }
            let inputs =
                step.inputs + [Program.SlotID?](repeating: nil, count: 6 - step.inputs.count)
            try replace([inner, id], with: step.operation, inputs: inputs + [bias])
            return
        }
    }
}

/// A `QLinearConv` or `QLinearMatMul` of constant weights and scales.
private struct LinearProduct {
    let step: Program.Step
    let x: Quantization
    let weights: IntegerWeights
    let result: Quantization
    /// The operator on numbers.
    let operation: any Operator
    /// What sums are multiplied by, in the shape that broadcasts to them.
    let factors: Tensor

    init?(_ step: Program.Step, _ editor: ProgramEditor) {
        guard step.inputs.count >= 8 else { return nil }
        let inputs = step.inputs
        let rank = editor.shape(inputs[3])?.rank ?? 0
        let convolution = step.operation as? QLinearConv
        guard rank >= 2, convolution != nil || rank == 2,
            let x = Quantization(
                scale: inputs[1], zeroPoint: inputs[2], editor.dataType(inputs[0]), editor),
            let result = Quantization(
                scale: inputs[6], zeroPoint: inputs[7], editor.dataType(inputs[7]), editor),
            let weights = editor.weights(
                inputs[3], scale: inputs[4], zeroPoint: inputs[5],
                axis: convolution == nil ? 1 : 0)
        else { return nil }
        self.step = step
        self.x = x
        self.result = result
        self.weights = weights
        let factors = weights.scales.map { x.scale * $0 / result.scale }
        if let convolution {
            operation = Conv(window: convolution.window, group: convolution.group)
            let ones = [Int](repeating: 1, count: rank - 2)
            self.factors = Tensor(factors, shape: [1, factors.count] + ones)
        } else {
            operation = MatMul()
            self.factors = Tensor(factors, shape: [factors.count])
        }
    }

    /// Whether products of the integers are fast and exact.
    var isUsable: Bool { weights.areUsable(with: x.type) }
}
