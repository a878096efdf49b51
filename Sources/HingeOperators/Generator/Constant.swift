import HingeGraph

/// A constant.
///
/// Source: ONNX Constant 1, 9, 11, 12, 13, 19, 21, 23, 24, 25; sparse values since 11, and numbers, strings and
/// lists of them since 12, which are read as tensors.
public struct Constant: Operator {
    /// What the constant is.
    public var content: Content

    /// The value of a constant as a model holds it.
    public enum Content: Sendable, Hashable {
        /// The tensor itself.
        case dense(Tensor)
        /// The elements of the tensor that aren't zero.
        case sparse(SparseTensor)
    }

    /// Creates the operator.
    public init(_ value: Tensor) {
        content = .dense(value)
    }
}

public extension Constant {
    static let type = "Constant"

    init(_ node: NodeReader) throws {
        let values = node.node.attributes.filter { $0.name.contains("value") }
        guard values.count == 1, let attribute = values.first else {
            throw HingeError(
                .badData, "expected one attribute that is the value, found \(values.count)")
        }
        switch (attribute.name, attribute.value) {
        case ("value", .tensor(let tensor)): content = .dense(tensor.tensor)
        case ("sparse_value", .sparseTensor(let sparse)): content = .sparse(sparse)
        case ("value_float", .float(let value)): content = .dense(Tensor(scalar: value))
        case ("value_floats", .floats(let values)): content = .dense(Tensor(values))
        case ("value_int", .int(let value)): content = .dense(Tensor(scalar: value))
        case ("value_ints", .ints(let values)): content = .dense(Tensor(values))
        case ("value_string", .string(let text)):
            content = .dense(try Tensor(strings: [text], shape: []))
        case ("value_strings", .strings(let texts)):
            content = .dense(try Tensor(strings: texts, shape: [texts.count]))
        default:
            throw node.error(
                attribute.name, "expected the value of a constant, found \(attribute.value.kind)")
        }
    }

    func spell(_ speller: inout Speller) throws {
        switch content {
        case .dense(let tensor): speller.emit(Self.type, [.tensor("value", tensor)])
        case .sparse(let sparse) where speller.opset >= 11:
            speller.emit(Self.type, [Attribute("sparse_value", .sparseTensor(sparse))])
        case .sparse(let sparse):
            speller.emit(Self.type, [.tensor("value", try sparse.dense())])
        }
    }

    func infer(_ context: InferenceContext) -> [Inferred] {
        switch content {
        case .dense(let tensor): [Inferred(constant: tensor)]
        case .sparse(let sparse): [.tensor(sparse.values.dataType, Shape(sparse.shape))]
        }
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        switch content {
        case .dense(let tensor): context.set(0, tensor)
        case .sparse(let sparse): context.set(0, try sparse.dense())
        }
    }
}

extension SparseTensor {
    /// The tensor with its zeros.
    ///
    /// - Throws: ``HingeError`` when indices don't fit the shape, or the tensor is too large.
    package func dense() throws -> Tensor {
        let count = try Tensor.count(of: shape)
        let vectors: IndexVectors
        if indices.rank == 1 {
            vectors = try IndexVectors(
                indices.reshaped(to: [indices.count, 1]), into: [count])
        } else {
            vectors = try IndexVectors(indices, into: shape)
        }
        guard values.count == vectors.offsets.count, vectors.length == 1 || count == 0 else {
            throw HingeError(
                .badData,
                "expected an index for each of \(values.count) values, found \(indices.shape)")
        }
        var context = EvaluationContext(inputs: [])
        try context.move(
            Tensor(zeros: values.dataType, shape: shape), values, shape,
            by: BlockScatter(count: count, offsets: vectors.offsets, length: 1))
        guard let tensor = context.outputs[0]?.tensor else {
            throw HingeError(.internalError, "a sparse tensor was not written")
        }
        return tensor
    }
}

extension Constant: UndifferentiatedOperator {
    /// It has no inputs.
    public static var derivativeAbsence: DerivativeAbsence { .zero("it has no inputs") }
}
