import HingeGraph

/// An operator of ONNX Runtime's own, which its optimizer and its quantizer put in place of those of the standard.
///
/// Operators of the standard stand for it. `BiasGelu` is the one to imitate.
public protocol MicrosoftOperator: ComposedOperator {
    /// The attributes that it is written with.
    var attributes: [Attribute] { get }
}

public extension MicrosoftOperator {
    static var domain: String { "com.microsoft" }

    var attributes: [Attribute] { [] }

    func spell(_ speller: inout Speller) throws { speller.emit(Self.type, attributes) }
}

extension Composition {
    /// A scalar of the element type of a value.
    mutating func number(_ value: Double, like operand: Operand) throws -> Operand {
        constant(try Tensor(filledWith: value, dataType(operand), shape: []))
    }

    /// A scalar of `int64`.
    mutating func integer(_ value: Int) -> Operand {
        constant(Tensor([Int64(value)], shape: []))
    }

    /// The extent of a dimension, as a scalar of `int64`.
    mutating func extent(_ operand: Operand, _ axis: Int) throws -> Operand {
        let shape = try knownShape(operand)
        guard axis < shape.rank else {
            throw HingeError(
                .mismatch, "expected more than \(axis) dimensions, found \(shape)")
        }
        if let extent = shape[axis].extent { return integer(extent) }
        let all = try append(ShapeOf(), operand)
        return try append(Gather(axis: 0), all, integer(axis))
    }

    /// A value in `float32` where it is of a 16-bit type.
    mutating func wide(_ operand: Operand) throws -> Operand {
        switch try dataType(operand) {
        case .float16, .bfloat16: try append(Cast(to: .float32), operand)
        default: operand
        }
    }

    /// A value as another element type.
    mutating func cast(_ operand: Operand, to type: DataType) throws -> Operand {
        try dataType(operand) == type ? operand : append(Cast(to: type), operand)
    }

    /// The sum of values, of which absent ones are left out.
    mutating func sum(_ first: Operand, _ others: Operand?...) throws -> Operand {
        try others.reduce(first) { sum, next in
            if let next { try append(Add(), sum, next) } else { sum }
        }
    }

    /// The numbers from 0 up to a count, `int64[count]`.
    mutating func counting(_ count: Operand) throws -> Operand {
        try append(NumberRange(), integer(0), count, integer(1))
    }

    /// The error for a form of the operator that isn't supported.
    func unsupported(_ what: String) -> HingeError {
        HingeError(.unsupported, "\(what) is not supported")
    }
}

extension NodeReader {
    /// The node as if it were written in the newest version of the standard, for attributes that are as an operator's there.
    var asNewest: NodeReader {
        NodeReader(
            node, opset: OperatorSchema.latestOpset() ?? opset, inputTypes: inputTypes,
            constants: node.inputs.indices.map { constant($0) })
    }
}
