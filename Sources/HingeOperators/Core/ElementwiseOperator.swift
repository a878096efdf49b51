import HingeGraph

/// An operator without attributes that gives each element of its one input a new value by itself.
///
/// What such operators have in common stands here; an operator adds its name and its evaluation.
public protocol ElementwiseOperator: PreparedOperator {
    /// Creates the operator.
    init()
}

public extension ElementwiseOperator {
    init(_ node: NodeReader) { self.init() }

    func spell(_ speller: inout Speller) throws {
        speller.emit(Self.type)
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] { context.same() }

    var inPlaceInputs: [Int] { [0] }

    var locality: Locality { .elementwise }
}

/// An operator of two inputs that broadcast and no attributes of its own: arithmetic, comparison, logic.
///
/// Source: ONNX; before version 7, broadcasting was asked for by the attributes `broadcast` and `axis`.
public protocol BroadcastingOperator: AlignedOperator {
    /// How the second input is laid over the first, in versions before 7.
    var legacy: LegacyBroadcast? { get set }

    /// Creates the operator.
    init()
}

public extension BroadcastingOperator {
    init(_ node: NodeReader) throws {
        self.init()
        legacy = try LegacyBroadcast(node)
    }

    func widerTypes(for type: DataType) -> [DataType] { type.widerReals + type.widerIntegers }

    func spell(_ speller: inout Speller) throws {
        try speller.emitBroadcasting(Self.type, legacy)
    }

    var inPlaceInputs: [Int] { [0, 1] }

    var locality: Locality { legacy?.axis == nil ? .broadcasting : .whole }
}

/// An operator of any number of inputs of one type, which broadcast: `Sum`, `Max`.
///
/// Source: ONNX; before version 8 the inputs had one shape.
public protocol VariadicOperator: PreparedOperator {
    /// Creates the operator.
    init()
}

public extension VariadicOperator {
    init(_ node: NodeReader) { self.init() }

    func spell(_ speller: inout Speller) throws {
        if speller.opset < 8 && speller.inputs.count > 1 {
            let shapes = speller.inputs.indices.map { speller.shape($0) }
            guard let first = shapes.first, shapes.allSatisfy({ $0 == first && $0 != nil }) else {
                throw speller.needs(8, "\(Self.type) whose inputs broadcast")
            }
        }
        speller.emit(Self.type)
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        [try context.inferVariadic()]
    }

    var inPlaceInputs: [Int] { [0, 1] }

    var locality: Locality { .broadcasting }

    /// Of one input.
    func isIdentity(_ context: InferenceContext, _ outputs: [Inferred]) -> Bool {
        context.inputs.count == 1
    }
}

extension InferenceContext {
    /// The one output of an operator whose inputs, however many, broadcast.
    func inferVariadic() throws -> Inferred {
        try require(!inputs.isEmpty, "expected at least one input, found none")
        let type = inputs.lazy.compactMap { $0?.type?.dataType }.first
        var shape: Shape? = []
        for input in inputs {
            guard let next = input?.type?.shape, let known = shape else {
                shape = nil
                break
            }
            shape = try Shape.broadcast(known, next)
        }
        return .tensor(type, shape)
    }
}
