import HingeGraph

/// The direction in which a recurrent operator walks along the sequence.
public enum RecurrentDirection: String, Sendable, Hashable, CaseIterable {
    case forward, reverse, bidirectional

    /// The number of directions that are walked: 2 for both.
    public var count: Int { self == .bidirectional ? 2 : 1 }
}

/// What RNN, GRU and LSTM have in common.
///
/// Letters: T time steps, N the batch, I the input's features, H the hidden features, D directions, G gates.
///
/// Inputs: `x` `[T, N, I]`, weights `[D, G·H, I]`, recurrence weights `[D, G·H, H]`, and, optional, the biases of both
/// `[D, 2·G·H]`, sequence lengths `[N]` (int32), initial states `[D, N, H]`. Outputs, all optional: all hidden
/// states `[T, D, N, H]` and the last states `[D, N, H]`. Batch first, they are `[N, T, I]`, `[N, D, H]`,
/// `[N, T, D, H]` and `[N, D, H]`.
public protocol RecurrentOperator: Operator {
    /// The number of hidden features; `nil` where the weights state it.
    var hiddenSize: Int? { get set }
    /// The direction.
    var direction: RecurrentDirection { get set }
    /// The activations, those of the backward direction after those of the forward one; empty means the defaults.
    var activations: [RecurrentActivation] { get set }
    /// The bound of what goes into activations; `nil` for none.
    var clip: Float? { get set }
    /// Whether the batch is the first dimension.
    var isBatchFirst: Bool { get set }

    /// The number of gates.
    static var gateCount: Int { get }
    /// The activations of one direction, unless others are given.
    static var defaultActivations: [RecurrentActivation] { get }
    /// The positions of the initial states among the inputs.
    static var stateInputs: [Int] { get }
}

public extension RecurrentOperator {
    /// The activations of each direction, the defaults filled in.
    var resolvedActivations: [RecurrentActivation] {
        if !activations.isEmpty { return activations }
        return (0..<direction.count).flatMap { _ in Self.defaultActivations }
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        [4: .count(upTo: context.extent(0, isBatchFirst ? 1 : 0))]
    }

    func multiplyAccumulates(_ context: InferenceContext, _ outputs: [Inferred]) -> Int {
        guard let x = context.countedExtents(0), let weights = context.countedExtents(1),
            let recurrence = context.countedExtents(2), x.count == 3
        else { return 0 }
        let perStep = Extent.sum(of: [
            Extent.product(of: weights), Extent.product(of: recurrence),
        ])
        return Extent.product(of: [x[0], x[1], perStep])
    }
}

/// The attributes that RNN, GRU and LSTM have in common.
struct RecurrentAttributes {
    var hiddenSize: Int?
    var direction: RecurrentDirection
    var activations: [RecurrentActivation]
    var clip: Float?
    var isBatchFirst: Bool

    init(_ node: NodeReader, defaults: [RecurrentActivation]) throws {
        hiddenSize = try node.int("hidden_size")
        if let hiddenSize, hiddenSize < 1 {
            throw node.error("hidden_size", "expected 1 or more, found \(hiddenSize)")
        }
        direction = try node.word("direction", default: .forward)
        clip = try node.float("clip")
        if let clip, !(clip >= 0) {
            throw node.error("clip", "expected 0 or more, found \(clip)")
        }
        isBatchFirst = try node.flag("layout", default: false)
        activations = try Self.activations(node, defaults: defaults, direction.count)
    }

    /// Reads the activations; empty when they are the defaults.
    ///
    /// Each activation takes the next alpha and beta if it has such a parameter.
    private static func activations(
        _ node: NodeReader, defaults: [RecurrentActivation], _ directions: Int
    ) throws -> [RecurrentActivation] {
        let standard = (0..<directions).flatMap { _ in defaults }
        var names = try node.strings("activations") ?? []
        if names.isEmpty { names = standard.map(\.name) }
        guard names.count >= standard.count else {
            throw node.error(
                "activations", "expected \(standard.count) names, found \(names.count)")
        }
        var alphas = (try node.floats("activation_alpha") ?? [])[...]
        var betas = (try node.floats("activation_beta") ?? [])[...]
        let result = try names.prefix(standard.count).map { name in
            guard let activation = RecurrentActivation(name: name) else {
                throw node.error("activations", "'\(name)' is not an activation")
            }
            let parameters = activation.parameters
            return activation.with(
                alpha: parameters.alpha == nil ? nil : alphas.popFirst(),
                beta: parameters.beta == nil ? nil : betas.popFirst())
        }
        return result == standard ? [] : result
    }
}

extension RecurrentOperator {
    /// The attributes that spell what the operators have in common.
    var commonAttributes: [Attribute] {
        var attributes: [Attribute] = []
        if !activations.isEmpty {
            let parameters = activations.map(\.parameters)
            let alphas = parameters.compactMap(\.alpha)
            let betas = parameters.compactMap(\.beta)
            if !alphas.isEmpty { attributes.append(.floats("activation_alpha", alphas)) }
            if !betas.isEmpty { attributes.append(.floats("activation_beta", betas)) }
            attributes.append(.strings("activations", activations.map(\.name)))
        }
        if let clip { attributes.append(.float("clip", clip)) }
        if direction != .forward { attributes.append(.string("direction", direction.rawValue)) }
        if let hiddenSize { attributes.append(.int("hidden_size", hiddenSize)) }
        return attributes
    }

    /// Spells the operator; versions before 14 take transposed inputs where the batch is first.
    func spell(_ speller: inout Speller, _ attributes: [Attribute]) {
        var attributes = commonAttributes + attributes
        if speller.opset < 7, speller.hasOutput(0) { attributes.append(.int("output_sequence", 1)) }
        guard isBatchFirst else { return speller.emit(Self.type, attributes) }
        guard speller.opset < 14 else {
            return speller.emit(Self.type, attributes + [.int("layout", 1)])
        }
        var inputs = speller.inputs
        let swap = Attribute.ints("perm", [1, 0, 2])
        for index in [0] + Self.stateInputs where speller.hasInput(index) {
            inputs[index] = speller.step("Transpose", [inputs[index]], [swap])
        }
        let outputs = speller.outputs.map { $0.isEmpty ? "" : speller.freshName() }
        speller.emit(Self.type, attributes, inputs: inputs, outputs: outputs)
        for (index, output) in outputs.enumerated() where !output.isEmpty {
            let order = index == 0 ? Attribute.ints("perm", [2, 0, 1, 3]) : swap
            speller.emit(
                "Transpose", [order], inputs: [output], outputs: [speller.outputs[index]])
        }
    }

    /// What is known of the outputs: all hidden states, then `stateCount` last states.
    func infer(_ context: InferenceContext, stateCount: Int) throws -> [Inferred] {
        let type = context.dataType(0)
        let weights = context.shape(1)
        let recurrence = context.shape(2)
        for shape in [context.shape(0), weights, recurrence] {
            guard let shape else { continue }
            try context.require(shape.rank == 3, "expected 3 dimensions, found \(shape)")
        }
        let hidden = hiddenSize.map { Shape.Dimension.known($0) } ?? recurrence?[2] ?? .unknown
        if let size = hidden.extent {
            let (product, overflow) = size.multipliedReportingOverflow(by: Self.gateCount)
            try context.require(!overflow, "\(size) hidden features are too many")
            let rows = Shape.Dimension.known(product)
            let directions = Shape.Dimension.known(direction.count)
            let features = context.shape(0)?[2] ?? .unknown
            try Self.check(weights, [directions, rows, features], "weights")
            try Self.check(recurrence, [directions, rows, hidden], "recurrence weights")
        }
        let x = context.shape(0)
        let time = x?[isBatchFirst ? 1 : 0] ?? .unknown
        let batch = x?[isBatchFirst ? 0 : 1] ?? .unknown
        let directions = Shape.Dimension.known(direction.count)
        let all: Shape =
            isBatchFirst ? [batch, time, directions, hidden] : [time, directions, batch, hidden]
        let last: Shape = isBatchFirst ? [batch, directions, hidden] : [directions, batch, hidden]
        return [.tensor(type, all)]
            + [Inferred](repeating: .tensor(type, last), count: stateCount)
    }

    private static func check(_ shape: Shape?, _ expected: Shape, _ role: String) throws {
        guard let shape else { return }
        for (found, wanted) in zip(shape.dimensions, expected.dimensions) {
            guard found.agrees(with: wanted) else {
                throw HingeError(
                    .mismatch, "expected \(role) of shape \(expected), found \(shape)")
            }
        }
    }
}
