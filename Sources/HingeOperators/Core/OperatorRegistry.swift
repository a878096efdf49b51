import HingeGraph

/// The operators that the nodes of a model may name, by domain and name.
///
/// A model says which it means, ``HingeGraph/Model/operators``; those of the standard, unless somebody adds further ones.
///
/// ```swift
/// model.operators = OperatorRegistry.standard.adding(MyOperator.self)
/// ```
public struct OperatorRegistry: Sendable {
    /// The operators, older names included.
    public private(set) var operators: [OperatorID: any Operator.Type]

    /// The operators of the standard, and those of ONNX Runtime that stand for several of them.
    public static let standard = OperatorRegistry(
        operators: Dictionary(
            uniqueKeysWithValues: families.joined().map { operatorType in
                (OperatorID(domain: operatorType.domain, type: operatorType.type), operatorType)
            } + olderNames.map { (OperatorID(domain: "", type: $0.key), $0.value) }))

    /// Hinge's operators; one is made known by one line in its family's list.
    static let families: [[any Operator.Type]] = [
        activations,
        comparisons,
        controls,
        conversions,
        generators,
        images,
        logic,
        machineLearning,
        losses,
        math,
        microsoft,
        networks,
        optimizers,
        quantization,
        randoms,
        recurrent,
        reductions,
        sequences,
        shapes,
        signals,
        texts,
        vision,
    ]

    /// Names that operators had in older versions.
    static let olderNames: [String: any Operator.Type] = [
        "Scatter": ScatterElements.self,
        "Upsample": Resize.self,
    ]

    /// This registry with another operator.
    ///
    /// - Precondition: No other type has its domain and name.
    public func adding(_ type: any Operator.Type) -> OperatorRegistry {
        let id = OperatorID(domain: type.domain, type: type.type)
        if let known = operators[id] {
            precondition(known == type, "\(id) is \(known) already")
            return self
        }
        var result = self
        result.operators[id] = type
        return result
    }

    /// Whether an operator is known.
    public func contains(_ id: OperatorID) -> Bool { operators[id] != nil }

    /// Reads a node's operator.
    ///
    /// - Throws: ``HingeError`` with the node as its context; `unsupported` when the operator isn't known.
    public func read(_ node: NodeReader) throws -> any Operator {
        try withContext(node.node.place) {
            let id = OperatorID(domain: node.node.domain, type: node.node.type)
            if id.domain == ChannelsLast.domain { return try ChannelsLast(node) }
            guard let operatorType = operators[id] else {
                throw HingeError(.unsupported, "the operator \(id) is not supported")
            }
            let operation = try operatorType.init(node)
            try Self.checkCounts(node)
            return operation
        }
    }

    /// Throws when the node has fewer inputs or outputs than its operator needs, which nobody who sees the operator
    /// then has to expect; or names more outputs than it has: nothing would ever give them a value.
    private static func checkCounts(_ node: NodeReader) throws {
        let (domain, name) = (node.node.domain, node.node.type)
        let schema =
            OperatorSchema.find(domain: domain, name: name, opset: node.opset)
            ?? OperatorSchema.versions(domain: domain, name: name).first
        guard let schema else { return }
        try check(node.node.inputs.count, atLeast: schema.inputCounts.lowerBound, "input")
        try check(node.node.outputs.count, atLeast: schema.outputCounts.lowerBound, "output")
        guard let last = node.node.outputs.lastIndex(where: { !$0.isEmpty }),
            last >= schema.outputCounts.upperBound
        else { return }
        let most = schema.outputCounts.upperBound
        throw HingeError(
            .mismatch, "expected at most \(most) output\(most == 1 ? "" : "s"), found \(last + 1)")
    }

    private static func check(_ count: Int, atLeast least: Int, _ what: String) throws {
        guard count < least else { return }
        throw HingeError(
            .mismatch,
            "expected at least \(least) \(what)\(least == 1 ? "" : "s"), found \(count)")
    }
}

extension Model {
    /// What the names of the model's operators mean.
    ///
    /// Whoever reads a file that holds operators of its own says here what they are; the model that is made of this one by
    /// a pass means the same by them.
    public var operators: OperatorRegistry {
        get { operatorTable as? OperatorRegistry ?? .standard }
        set { operatorTable = newValue }
    }

    /// The version of the operators of a domain that the model's nodes are written in.
    ///
    /// - Throws: ``HingeError`` when the model doesn't import the domain.
    public func operatorVersion(of domain: String) throws -> Int {
        guard let version = opset(of: domain == ChannelsLast.domain ? "" : domain) else {
            throw HingeError(
                .badData, "the model does not import the operators of '\(Domain(domain))'")
        }
        return version
    }
}

/// An operator's domain and name.
public struct OperatorID: Sendable, Hashable, CustomStringConvertible {
    /// The domain; empty for the operators of ONNX itself.
    public let domain: String
    /// The name.
    public let type: String

    /// Creates an id.
    ///
    /// `ai.onnx` is another name for the empty domain.
    public init(domain: String, type: String) {
        self.domain = Domain(domain).name
        self.type = type
    }

    /// The text that people read.
    public var description: String { domain.isEmpty ? type : "\(domain).\(type)" }
}
