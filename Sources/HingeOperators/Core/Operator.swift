import HingeGraph

/// An operator in its one typed form, the one that its newest version means.
///
/// Each operator of the standard is a struct with its attributes as stored properties, in a file of its own,
/// and has four duties: it reads its spelling at any version, spells itself at another, infers the types of
/// its outputs, and evaluates. Reading at one version and spelling at another is the version converter.
///
/// Two operators are equal when they compute the same of the same inputs.
///
/// An operator that isn't one of the standard's has a domain of its own, whose versions are counted from 1; a model that
/// names it says so in ``HingeGraph/Model/operators``.
///
/// `LeakyRelu` is the one to imitate for an operator without surprises, `PRelu` for one whose meaning
/// changed between versions.
public protocol Operator: Sendable, Hashable {
    /// The operator's name in its domain.
    static var type: String { get }
    /// The operator's domain; empty for the operators of ONNX itself.
    static var domain: String { get }

    /// The operator's domain and name.
    var id: OperatorID { get }

    /// Reads the operator from a node, at whatever version the node is written in.
    ///
    /// - Throws: ``HingeError`` when an attribute is missing or of the wrong type or value.
    init(_ node: NodeReader) throws

    /// Writes the operator as the speller's version spells it, or as a few older operators.
    ///
    /// - Throws: ``HingeError`` with the code `unsupported` that names the version needed.
    func spell(_ speller: inout Speller) throws

    /// What is known of the outputs, given what is known of the inputs.
    ///
    /// - Throws: ``HingeError`` when the inputs' types or shapes don't fit the operator.
    func infer(_ context: InferenceContext) throws -> [Inferred]

    /// Computes the outputs from the inputs.
    ///
    /// - Throws: ``HingeError`` when the inputs don't fit, with what was expected and found.
    func evaluate(_ context: inout EvaluationContext) throws

    /// The operator bound to what is known of its inputs, so that a run does only what depends on their elements.
    ///
    /// - Returns: `nil` where that isn't enough to prepare anything: then ``evaluate(_:)`` runs.
    /// - Throws: ``HingeError`` when the inputs don't fit, as ``evaluate(_:)`` does.
    func prepare(_ context: PreparationContext) throws -> Kernel?

    /// Inputs that the node's spelling held as attributes, by input position: the `shape` of `Reshape`
    /// before version 5.
    var operandValues: [Int: Tensor] { get }

    /// The input of which output 0 may be a view: `Reshape` gives the same memory another shape.
    var aliasedInput: Int? { get }

    /// The inputs whose memory output 0 may overwrite, when type and shape are the same: evaluation
    /// reads each element before it writes that element, and none later.
    var inPlaceInputs: [Int] { get }

    /// The inputs that evaluation reads wherever they stand, aligned for their elements or not: it takes few of those, so
    /// that a copy of all would be a waste.
    var unalignedInputs: [Int] { get }

    /// Which elements of the inputs an element of output 0 depends on.
    var locality: Locality { get }

    /// Whether input 0 and output 0 are images, `[N, C, spatial…]`, so that there is a ``ChannelsLast`` form.
    ///
    /// N is the batch, C the channels.
    var isSpatial: Bool { get }

    /// How the operator does without a transposition of its inputs; `nil` where it can't, or what it takes isn't known.
    ///
    /// It is asked of operators whose ``locality`` is the whole; others need no other form.
    ///
    /// - Parameters:
    ///   - permutation: The transposition of input 0, and of the other inputs that the form says are transposed.
    ///   - context: What is known of the inputs, transposed.
    func form(under permutation: Permutation, _ context: InferenceContext) -> TransposedForm?

    /// Whether output 0 is input 0, whatever the elements are that aren't known.
    ///
    /// - Parameters:
    ///   - context: What is known of the inputs.
    ///   - outputs: What is known of the outputs.
    func isIdentity(_ context: InferenceContext, _ outputs: [Inferred]) -> Bool

    /// The number of products that the operator adds up; 0 for those that don't multiply matrices or
    /// convolve.
    ///
    /// Unknown extents count as 1.
    ///
    /// - Parameters:
    ///   - context: What is known of the inputs.
    ///   - outputs: What is known of the outputs.
    func multiplyAccumulates(_ context: InferenceContext, _ outputs: [Inferred]) -> Int

    /// What the operator needs of the elements of its inputs, by position, beyond what ``infer(_:)`` checks.
    ///
    /// An operator that hands elements on needs of its inputs what is needed of its outputs; where it is a view of
    /// an input (``aliasedInput``), that is the default.
    ///
    /// - Parameters:
    ///   - context: What is known of the inputs.
    ///   - outputs: What is needed of the outputs, by position; `nil` for nothing.
    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds]

    /// The element types in which the operator computes the same as in `type`, when elements are cast there and the results
    /// back; preferred ones first.
    ///
    /// A version that has the operator for one of these only is written so (``HingeGraph/OperatorVersions/castsElements``). By
    /// default, 16-bit floating-point numbers may be computed with in `float32`.
    func widerTypes(for type: DataType) -> [DataType]

    /// Whether the same inputs always give the same outputs. Random operators are not deterministic.
    var isDeterministic: Bool { get }
}

public extension Operator {
    static var domain: String { "" }
    var id: OperatorID { OperatorID(domain: Self.domain, type: Self.type) }
    var operandValues: [Int: Tensor] { [:] }
    var aliasedInput: Int? { nil }
    var inPlaceInputs: [Int] { [] }
    var unalignedInputs: [Int] { [] }
    var isDeterministic: Bool { true }
    var locality: Locality { .whole }
    var isSpatial: Bool { false }

    func widerTypes(for type: DataType) -> [DataType] {
        type.widerReals
    }

    func form(under permutation: Permutation, _ context: InferenceContext) -> TransposedForm? {
        nil
    }

    func isIdentity(_ context: InferenceContext, _ outputs: [Inferred]) -> Bool { false }

    func multiplyAccumulates(_ context: InferenceContext, _ outputs: [Inferred]) -> Int { 0 }

    func prepare(_ context: PreparationContext) throws -> Kernel? { nil }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        guard let aliasedInput, let need = outputs.first ?? nil else { return [:] }
        return [aliasedInput: need.reshaped]
    }
}
