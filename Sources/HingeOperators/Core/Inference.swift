import HingeGraph

/// What is known of a value before anything runs.
public struct Inferred: Sendable, Equatable {
    /// The type.
    public var type: ValueType?
    /// The value itself, where it is a constant.
    public var constant: Tensor?
    /// The elements of a scalar or vector of integers, where they are known as dimensions: the shape
    /// computations that exporters write (Shape → Gather → Concat → Reshape) stay known this way.
    public var elements: [Shape.Dimension]?

    /// Creates a description of a value.
    public init(type: ValueType? = nil, elements: [Shape.Dimension]? = nil) {
        self.type = type
        self.elements = elements
    }

    /// Creates a description of a constant.
    public init(constant: Tensor) {
        type = .tensor(constant.dataType, Shape(constant.shape))
        self.constant = constant
        let isIndex = constant.dataType == .int64 || constant.dataType == .int32
        if isIndex, constant.rank <= 1, constant.count <= 1024 {
            elements = try? constant.integers().map { .known($0) }
        }
    }

    /// A tensor of which type and shape are known as far as given.
    public static func tensor(_ dataType: DataType?, _ shape: Shape?) -> Inferred {
        Inferred(type: .tensor(dataType, shape))
    }
}

/// What an operator knows of its inputs when it infers its outputs.
public struct InferenceContext {
    /// What is known of each input; `nil` for an absent one.
    public let inputs: [Inferred?]
    /// The number of outputs that the node names.
    public let outputCount: Int
    private let inferrer: (any SubgraphInferrer)?

    /// Creates a context.
    public init(
        inputs: [Inferred?], outputCount: Int = 1, inferrer: (any SubgraphInferrer)? = nil
    ) {
        self.inputs = inputs
        self.outputCount = outputCount
        self.inferrer = inferrer
    }

    /// Creates a context that knows the types of tensors, and none of their elements.
    init(_ tensors: [Tensor?], outputCount: Int = 1) {
        self.init(
            inputs: tensors.map { tensor in
                tensor.map { .tensor($0.dataType, Shape($0.shape)) }
            }, outputCount: outputCount)
    }

    /// What is known of the outputs of a body of the node; `nil` if nobody here infers bodies.
    ///
    /// - Parameters:
    ///   - body: The name of the attribute that holds the body.
    ///   - inputs: What is known of its inputs; `nil` for one of which only the body may know something.
    /// - Throws: ``HingeError`` from its nodes.
    public func infer(_ body: String, _ inputs: [Inferred?]) throws -> [Inferred]? {
        try inferrer?.infer(body, inputs)
    }

    /// Whether the input at `index` is given.
    public func has(_ index: Int) -> Bool { input(index) != nil }

    /// What is known of the input at `index`.
    public func input(_ index: Int) -> Inferred? { index < inputs.count ? inputs[index] : nil }

    /// The element type of the input at `index`, if known.
    public func dataType(_ index: Int) -> DataType? { input(index)?.type?.dataType }

    /// The shape of the input at `index`, if its rank is known.
    public func shape(_ index: Int) -> Shape? { input(index)?.type?.shape }

    /// The input at `index`, if it is a constant.
    public func constant(_ index: Int) -> Tensor? { input(index)?.constant }

    /// The input at `index` as integers, if they are known.
    public func integers(_ index: Int) -> [Int]? {
        guard let elements = elements(index) else { return nil }
        return Shape(elements).extents
    }

    /// The elements of the input at `index`, a scalar or vector of integers, if they are known.
    public func elements(_ index: Int) -> [Shape.Dimension]? {
        if let elements = input(index)?.elements { return elements }
        if let shape = shape(index), shape == [0] { return [] }
        return constant(index).flatMap { try? $0.integers().map { .known($0) } }
    }

    /// Whether output 0 has the shape of input 0, by numbers or names.
    func keepsShape(_ outputs: [Inferred]) -> Bool {
        guard let shape = shape(0), !shape.dimensions.contains(.unknown) else { return false }
        return outputs.first?.type?.shape == shape
    }

    /// One output with the type and shape of the input at `index`.
    public func same(as index: Int = 0) -> [Inferred] {
        [Inferred(type: input(index)?.type)]
    }

    /// Throws unless `condition` holds: the inputs don't fit.
    public func require(_ condition: Bool, _ message: @autoclosure () -> String) throws {
        guard condition else { throw HingeError(.mismatch, message()) }
    }

    /// An axis of a value of the given rank, made non-negative.
    ///
    /// - Throws: ``HingeError`` when it is out of range.
    public static func axis(_ axis: Int, rank: Int) throws -> Int {
        let index = axis < 0 ? axis + rank : axis
        guard (0..<rank).contains(index) else {
            throw HingeError(
                .mismatch, "expected an axis from \(-rank) to \(rank - 1), found \(axis)",
                at: [.attribute("axis")])
        }
        return index
    }
}

/// Infers the bodies of a control-flow node.
///
/// Whoever infers a graph provides it. A body is known by the name of the attribute that holds it, and sees the values
/// around the node.
public protocol SubgraphInferrer: AnyObject {
    /// Infers the outputs of a body from what is known of its inputs.
    ///
    /// A body may be inferred several times; what was found last holds.
    func infer(_ body: String, _ inputs: [Inferred?]) throws -> [Inferred]
}
