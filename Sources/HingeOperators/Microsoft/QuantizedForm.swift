import HingeGraph

/// An operator of numbers that ONNX Runtime applies to quantized ones: what it is applied to is dequantized, and what it
/// gives is quantized.
///
/// Scales and zero points are one for all elements.
protocol QuantizedForm: MicrosoftOperator {
    /// The positions of the operands; the scale and the zero point of each come after it.
    static var operands: [Int] { get }
    /// The position of the scale of the result; its zero point comes after it.
    static var resultScale: Int { get }

    /// Appends the operator on numbers.
    func apply(
        _ operands: [Composition.Operand], _ steps: inout Composition
    ) throws -> Composition.Operand
}

extension QuantizedForm {
    func composeQuantized(_ steps: inout Composition) throws {
        let numbers = try Self.operands.map { try steps.dequantized($0) }
        let result = try apply(numbers, &steps)
        let first = try steps.input(Self.operands[0])
        steps.give(
            try steps.quantized(
                result, scale: steps.input(Self.resultScale),
                zero: steps.optionalInput(Self.resultScale + 1), as: steps.dataType(first)))
    }
}

extension Composition {
    /// The input at `index` as numbers, by the scale and the zero point, optional, that come after it.
    mutating func dequantized(_ index: Int) throws -> Operand {
        let (scale, zero) = try quantization(scale: index + 1, zero: index + 2)
        return try append(DequantizeLinear(), input(index), scale, zero)
    }

    /// The inputs that are a scale and, optional, its zero point, as scalars where they are of one element.
    mutating func quantization(scale: Int, zero: Int) throws -> (scale: Operand, zero: Operand?) {
        func plain(_ operand: Operand) throws -> Operand {
            let extents = try knownShape(operand).extents
            return extents == [1] ? try scalar(operand) : operand
        }
        return (try plain(input(scale)), try optionalInput(zero).map { try plain($0) })
    }

    /// Numbers quantized by a scale and a zero point, optional, of one element.
    mutating func quantized(
        _ operand: Operand, scale: Operand, zero: Operand?, as type: DataType
    ) throws -> Operand {
        try append(
            QuantizeLinear(outputType: zero == nil ? type : nil), operand, scalar(scale),
            zero.map { try scalar($0) })
    }

    /// A value of one element as a scalar.
    mutating func scalar(_ operand: Operand) throws -> Operand {
        let shape = try knownShape(operand)
        return shape.rank == 0 ? operand : try append(Reshape(shape: []), operand)
    }

    /// The product of quantized matrices as numbers: `(a − zero of a) · (b − zero of b) · scale + bias`.
    mutating func integerProduct(
        _ a: Operand, _ b: Operand, zeros: (Operand?, Operand?), scales: (Operand, Operand),
        bias: Operand?
    ) throws -> Operand {
        let product = try append(MatMulInteger(), a, b, zeros.0, zeros.1)
        let scale = try append(Mul(), scales.0, scales.1)
        let numbers = try append(Cast(to: dataType(scale)), product)
        return try sum(append(Mul(), numbers, scale), bias)
    }
}
