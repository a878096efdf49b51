import HingeGraph

/// What an operator sees when it evaluates: its inputs, and memory to write its outputs to.
///
/// The memory may be planned, taken anew, or a view of an input; the operator can't tell and needn't, so that
/// one piece of code serves every engine.
public struct EvaluationContext {
    /// The inputs; `nil` for an absent one.
    public var inputs: [Value?] { didSet { hasOtherInputs = true } }
    /// Whether the inputs were written since the context was made.
    private var hasOtherInputs = false
    /// The outputs, as far as they are written.
    public private(set) var outputs: [Value?]
    /// The number of outputs that the node names.
    public let outputCount: Int
    /// Memory made ready for outputs, used when type and shape are those that the operator asks for.
    private var planned: [Value?]
    /// Outputs that the node does not name, which live as long as the others.
    private var unwanted: [Tensor] = []
    /// Runs the bodies of the node.
    private var runner: (any SubgraphRunner)?
    /// The source of random numbers.
    public var generator: SeededGenerator

    /// Creates a context.
    ///
    /// - Parameter planned: Tensors whose memory is that of the outputs, as far as it is planned.
    public init(
        inputs: [Value?], outputCount: Int = 1, planned: [Value?] = [],
        runner: (any SubgraphRunner)? = nil, generator: SeededGenerator = SeededGenerator(seed: 0)
    ) {
        self.inputs = inputs
        self.outputCount = outputCount
        outputs = [Value?](repeating: nil, count: outputCount)
        self.planned = planned
        self.runner = runner
        self.generator = generator
    }

    /// Whether the input at `index` is given.
    public func has(_ index: Int) -> Bool { index < inputs.count && inputs[index] != nil }

    /// The tensor that is the input at `index`.
    ///
    /// - Throws: ``HingeError`` when it is absent or isn't a tensor.
    public func input(_ index: Int) throws -> Tensor {
        guard let tensor = try optionalInput(index) else {
            throw HingeError(.mismatch, "expected input \(index), found none")
        }
        return tensor
    }

    /// The tensor that is the input at `index`, or `nil` when it is absent.
    ///
    /// - Throws: ``HingeError`` when it isn't a tensor.
    public func optionalInput(_ index: Int) throws -> Tensor? {
        guard index < inputs.count, let value = inputs[index] else { return nil }
        guard let tensor = value.tensor else {
            throw HingeError(.mismatch, "expected a tensor as input \(index), found another value")
        }
        // Nothing else bounds what is walked over in a tensor without elements.
        if tensor.count == 0 { try MemoryLimit.check(tensor.dataType, tensor.shape) }
        return tensor
    }

    /// Whether the node names the output at `index`.
    public func wants(_ index: Int) -> Bool { index < outputCount }

    /// Memory for the output at `index`.
    ///
    /// The caller writes every element.
    ///
    /// - Throws: ``HingeError`` when a dimension is negative or the size is more than a limit.
    public mutating func output(
        _ index: Int, _ dataType: DataType, _ shape: [Int]
    ) throws -> OutputTensor {
        if index < planned.count, let tensor = planned[index]?.tensor,
            tensor.dataType == dataType, tensor.shape == shape, let region = tensor.region
        {
            // The value as it is: to make another takes memory.
            outputs[index] = planned[index]
            return OutputTensor(dataType: dataType, shape: shape, count: tensor.count, region)
        }
        guard dataType != .string else {
            throw HingeError(.mismatch, "expected a tensor of numbers, found strings")
        }
        let tensor = try Tensor(allocating: dataType, shape: shape)
        guard let region = tensor.region else {
            throw HingeError(.internalError, "the output has no memory")
        }
        if index < outputCount {
            outputs[index] = .tensor(tensor)
        } else {
            unwanted.append(tensor)
        }
        return OutputTensor(dataType: dataType, shape: shape, count: tensor.count, region)
    }

    /// Sets the output at `index` to a value: a sequence, strings, a constant, or a view of an input.
    public mutating func set(_ index: Int, _ value: Value) {
        if index < outputCount { outputs[index] = value }
    }

    /// Sets the output at `index` to a tensor: strings, a constant, or a view of an input.
    public mutating func set(_ index: Int, _ tensor: Tensor) {
        set(index, .tensor(tensor))
    }

    /// Runs a body of the node.
    ///
    /// - Parameters:
    ///   - body: The name of the attribute that holds the body.
    ///   - inputs: Its inputs, by position; `nil` for an absent one.
    /// - Returns: Its outputs, by position; `nil` for one that nothing was computed for.
    /// - Throws: ``HingeError`` from its nodes.
    public func run(_ body: String, _ inputs: [Value?]) throws -> [Value?] {
        try bodies.run(body, inputs)
    }

    /// The types that the outputs of a body of the node have, as far as they are known without running it.
    ///
    /// - Parameters:
    ///   - body: The name of the attribute that holds the body.
    ///   - inputs: What is known of its inputs, by position.
    public func outputTypes(of body: String, _ inputs: [Inferred?]) throws -> [ValueType?] {
        try bodies.outputTypes(of: body, inputs)
    }

    private var bodies: any SubgraphRunner {
        get throws {
            guard let runner else {
                throw HingeError(.unsupported, "there is nothing here that runs subgraphs")
            }
            return runner
        }
    }
}

// MARK: - Evaluating again

/// A context may serve one evaluation after the other, so that an engine takes no memory for each.
extension EvaluationContext {
    /// Whether the inputs are still those that the engine gave, and not others that a kernel has put in their place.
    package var isReusable: Bool { !hasOtherInputs }

    /// Gives the next evaluation its input at `index`; `nil` lets go of that of the last.
    package mutating func give(_ value: Value?, asInput index: Int) {
        let hadOthers = hasOtherInputs
        inputs[index] = value
        hasOtherInputs = hadOthers
    }

    /// Gives the next evaluation the memory of its output at `index`; `nil` lets go of that of the last.
    package mutating func give(_ memory: Value?, asOutput index: Int) { planned[index] = memory }

    /// Begins another evaluation.
    package mutating func begin(_ runner: (any SubgraphRunner)?, _ generator: SeededGenerator) {
        self.runner = runner
        self.generator = generator
    }

    /// Lets go of what an evaluation gave.
    package mutating func end() {
        for index in outputs.indices { outputs[index] = nil }
        if !unwanted.isEmpty { unwanted = [] }
        runner = nil
    }

    /// Whether the output at `index` is where the engine wants it, as a type and shape; it is copied there if need be.
    ///
    /// A view of an input isn't there yet, nor is memory of the operator's own.
    package func place(_ index: Int, _ dataType: DataType, _ shape: [Int]) -> Bool {
        guard let tensor = outputs[index]?.tensor, tensor.dataType == dataType,
            tensor.shape == shape, let target = planned[index]?.tensor?.region,
            let source = tensor.region
        else { return false }
        if target.base != source.base {
            target.base.copyMemory(from: source.base, byteCount: source.byteCount)
        }
        return true
    }
}

/// Runs the bodies of a control-flow node.
///
/// An engine provides it. A body is known by the name of the attribute that holds it, and sees the values around
/// the node.
public protocol SubgraphRunner: AnyObject {
    /// Runs a body from its inputs to its outputs; `nil` stands for absent ones.
    func run(_ body: String, _ inputs: [Value?]) throws -> [Value?]

    /// The types that a body's outputs have, as far as they are known without running it.
    func outputTypes(of body: String, _ inputs: [Inferred?]) throws -> [ValueType?]
}

/// Memory that an operator writes one of its outputs to.
public struct OutputTensor {
    /// The element type.
    public let dataType: DataType
    /// The extent of each dimension.
    public let shape: [Int]
    /// The number of elements.
    public let count: Int
    private let region: MemoryRegion

    init(dataType: DataType, shape: [Int], count: Int, _ region: MemoryRegion) {
        self.dataType = dataType
        self.shape = shape
        self.count = count
        self.region = region
    }

    /// Runs `body` with the memory of the elements, which it fills.
    ///
    /// - Throws: ``HingeError`` when `Element` isn't the type of the elements (`UInt8` for booleans), and what `body`
    ///   throws.
    public func withUnsafeElements<Element: TensorElement, Result>(
        of type: Element.Type,
        _ body: (UnsafeMutableBufferPointer<Element>) throws -> Result
    ) throws -> Result {
        guard dataType == Element.dataType || dataType == .bool && Element.self == UInt8.self else {
            throw HingeError(
                .mismatch, "expected elements of type \(dataType), found \(Element.dataType)")
        }
        return try withExtendedLifetime(region) { try body(elements()) }
    }

    /// The elements.
    ///
    /// They live as long as the context.
    ///
    /// - Precondition: `Element` is the element type; booleans are written as `UInt8`.
    package func elements<Element: TensorElement>(
        of type: Element.Type = Element.self
    ) -> UnsafeMutableBufferPointer<Element> {
        precondition(
            dataType == Element.dataType || dataType == .bool && Element.self == UInt8.self)
        return UnsafeMutableBufferPointer(
            start: region.base.assumingMemoryBound(to: Element.self), count: count)
    }

    /// The bytes.
    package var bytes: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: region.base, count: region.byteCount)
    }
}

extension EvaluationContext {
    /// The input at `index`, of whatever kind.
    ///
    /// - Throws: ``HingeError`` when it is absent.
    public func value(_ index: Int) throws -> Value {
        guard index < inputs.count, let value = inputs[index] else {
            throw HingeError(.mismatch, "expected input \(index), found none")
        }
        return value
    }
}
