import HingeGraph

/// What becomes of the losses of all samples.
public enum LossReduction: String, Sendable, Hashable, CaseIterable {
    /// They are the result, each by itself.
    case none
    /// Their sum.
    case sum
    /// Their sum over the sum of the weights.
    case mean
}

/// An operator that tells how badly the classes of samples, input 1, are told by scores, input 0, given weights of the classes, input 2.
public protocol LossOperator: PreparedOperator {
    /// What becomes of the losses of all samples.
    var reduction: LossReduction { get }
    /// A class, in range or not, whose samples don't count.
    var ignoredClass: Int? { get }

    /// Creates the operator.
    init(reduction: LossReduction, ignoredClass: Int?)
}

public extension LossOperator {
    init(_ node: NodeReader) throws {
        self.init(
            reduction: try node.word("reduction", default: .mean),
            ignoredClass: try node.int("ignore_index"))
    }

    func spell(_ speller: inout Speller) {
        let ignored: [Attribute] = ignoredClass.map { [.int("ignore_index", $0)] } ?? []
        speller.emit(Self.type, [.string("reduction", reduction.rawValue)] + ignored)
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        [1: .index(into: context.extent(0, 1)), 2: .within(0.25, 2)]
    }
}

extension InferenceContext {
    /// The type of the loss of input 0, scores, at the classes of input 1, with the weights of input 2.
    func inferLoss(_ reduction: LossReduction) throws -> Inferred {
        let type = dataType(0)
        if let scores = shape(0) { try ClassifiedSamples.check(scores, shape(1), shape(2)) }
        guard reduction == .none else { return .tensor(type, []) }
        let samples = shape(0).map { Shape([$0[0]] + $0.dimensions.dropFirst(2)) }
        return .tensor(type, shape(1) ?? samples)
    }
}
