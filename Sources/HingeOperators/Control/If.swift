import HingeGraph

/// Gives what one of two bodies gives: `then_branch` if the condition, input 0: `bool[]`, is true, else `else_branch`.
///
/// The branches have no inputs; they see the values around the node.
///
/// Source: ONNX If 1, 11, 13, 16, 19, 21, 23, 24, 25.
public struct If: Operator {
    /// The number of values that each branch gives.
    public var outputCount: Int

    /// Creates the operator.
    public init(outputCount: Int = 1) {
        self.outputCount = outputCount
    }
}

public extension If {
    static let type = "If"

    private static let branches = ["then_branch", "else_branch"]

    init(_ node: NodeReader) throws {
        let counts = try If.branches.map { try node.bodyOutputCount($0) }
        outputCount = counts[0]
        guard counts[0] == counts[1] else {
            throw node.error(
                "else_branch",
                "expected a body of \(counts[0]) outputs as the other, found \(counts[1])")
        }
        try node.requireOutputs(atMost: outputCount, of: "then_branch")
    }

    func spell(_ speller: inout Speller) throws {
        try speller.requireBodyOutputs(Self.type)
        speller.emitBodies(Self.type, outputCount: outputCount)
    }

    /// What both branches have in common; what the one gives that a known condition chooses, or the only one that fits.
    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let condition = try context.constant(0).map { try $0.condition() }
        var found: [[Inferred]] = []
        var failure: HingeError?
        for (branch, value) in zip(If.branches, [true, false]) {
            let isTaken = condition.map { $0 == value }
            do {
                guard let outputs = try context.infer(branch, []) else {
                    return [Inferred](repeating: Inferred(), count: outputCount)
                }
                if isTaken ?? true { found.append(outputs) }
            } catch let error as HingeError where isTaken == false || error.code == .mismatch {
                // A branch that doesn't fit fails only if it runs.
                if isTaken ?? true { failure = failure ?? error }
            }
        }
        guard let first = found.first else {
            throw failure ?? HingeError(.internalError, "no branch was inferred")
        }
        guard found.count == 2 else { return first }
        return try zip(first, found[1]).map { try $0.common(with: $1) }
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        let condition = try context.input(0).condition()
        let outputs = try context.run(If.branches[condition ? 0 : 1], [])
        for (index, value) in outputs.enumerated() {
            if let value { context.set(index, value) }
        }
    }
}

extension If: BodyDerivative {}
