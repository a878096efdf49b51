import HingeGraph
import HingeOperators
import HingeProgram

/// Recognises attention in what exporters write for it.
///
/// With q, k and v of four dimensions and nothing else that uses the values in between, rules:
/// 1. `Softmax(q · kᵀ) · v` over the keys becomes `Attention`. Constant factors may stand before and after the product; the
///    scores may be capped by `Tanh`, and cast for the softmax to a type that has all their numbers.
/// 2. A mask is added before the softmax, or chooses by `Where` between the scores and minus infinity, or a number beside
///    which nothing is left of them. It broadcasts to the scores and doesn't widen them, and is repeated for the queries. The
///    choice between 0 and minus infinity is a mask of booleans; one that leaves each query the keys up to its own place is
///    the causal form.
/// 3. `Where(IsNaN(weights), 0, weights)` belongs to it. Without that, the softmax of a query that no key is left for is NaN,
///    and `Attention` gives 0: then a mask must surely be finite. Products and sums of finite numbers count as finite.
/// 4. `Attention` whose inputs are `Reshape` and `Transpose` of rows into heads, and whose result goes the way back, takes
///    the rows as they are.
public struct FuseAttention: Pass {
    /// The name of the pass.
    public static let name = "fuse-attention"

    /// Creates the pass.
    public init() {}

    /// What each of its rules needs.
    public var anchors: [any Operator.Type]? { [Softmax.self, Attention.self] }

    /// Runs the pass.
    public func run(_ program: inout Program) throws -> Bool {
        try program.edit { editor in
            for id in editor.ids {
                if let (step, found) = editor.match(id, as: Attention.self) {
                    try mergeHeads(id, step, found, &editor)
                } else if let scores = AttentionScores(id, editor) {
                    try fuse(scores, &editor)
                }
            }
        }
    }

    private func fuse(_ scores: AttentionScores, _ editor: inout ProgramEditor) throws {
        var attention = scores.operation
        if let heads = AttentionHeads(scores, editor) {
            attention.queryHeadCount = heads.queryCount
            attention.keyHeadCount = heads.keyCount
            try editor.replace(
                heads.steps + scores.steps + [scores.product] + heads.wayBack, with: attention,
                inputs: heads.rows + scores.maskInput(&editor))
        } else {
            let key: Program.SlotID
            switch scores.key {
            case .heads(let heads): key = heads
            case .places(let places):
                key = try editor.insert(
                    Transpose([0, 2, 1, 3]), inputs: [places], before: scores.product)
            }
            try editor.replace(
                scores.steps + [scores.product], with: attention,
                inputs: [scores.query, key, scores.value] + scores.maskInput(&editor))
        }
    }

    /// Applies rule 4.
    private func mergeHeads(
        _ id: Program.StepID, _ step: Program.Step, _ operation: Attention,
        _ editor: inout ProgramEditor
    ) throws {
        guard let query = step.inputs[0], let key = step.inputs[1], let value = step.inputs[2],
            step.outputs.dropFirst().allSatisfy({ editor.isUnused($0) }),
            let scores = AttentionScores(
                id, operation, query: query, key: key, value: value, editor),
            let heads = AttentionHeads(scores, editor)
        else { return }
        var attention = operation
        attention.queryHeadCount = heads.queryCount
        attention.keyHeadCount = heads.keyCount
        try editor.replace(
            heads.steps + [id] + heads.wayBack, with: attention,
            inputs: heads.rows + step.inputs.dropFirst(3))
    }
}

/// The steps around attention that divide rows into heads, and join the result.
private struct AttentionHeads {
    /// Query, key and value: `[N, L, H·D]`.
    private(set) var rows: [Program.SlotID] = []
    private(set) var queryCount = 0
    private(set) var keyCount = 0
    /// The steps that divide rows, as far as nothing else uses them.
    private(set) var steps: [Program.StepID] = []
    /// The steps that join the heads of the result.
    private(set) var wayBack: [Program.StepID] = []

    init?(_ scores: AttentionScores, _ editor: ProgramEditor) {
        guard let query = divided(.heads(scores.query), usedBy: scores.queryUser, editor),
            let key = divided(scores.key, usedBy: scores.keyUser, editor),
            let value = divided(.heads(scores.value), usedBy: scores.product, editor),
            let result = editor.step(scores.product)?.outputs.first ?? nil,
            let transpose = editor.soleConsumer(of: result),
            let (back, order) = editor.match(transpose, as: Transpose.self),
            order.permutation == [0, 2, 1, 3], let turned = back.outputs[0],
            let join = editor.soleConsumer(of: turned),
            let (joined, _) = editor.match(join, as: Reshape.self),
            let shape = editor.shape(turned), shape.rank == 4,
            let heads = shape[2].extent, let size = shape[3].extent,
            key == value, !shape.dimensions.contains(.unknown),
            editor.shape(joined.outputs[0])
                == Shape([shape[0], shape[1], .known(heads * size)])
        else { return nil }
        queryCount = query
        keyCount = key
        wayBack = [transpose, join]
    }

    /// Takes the rows that a value is divided from; the number of heads.
    private mutating func divided(
        _ value: AttentionScores.Operand, usedBy user: Program.StepID?, _ editor: ProgramEditor
    ) -> Int? {
        var user = user
        var isOwned = user != nil
        var slot: Program.SlotID
        switch value {
        case .places(let places): slot = places
        case .heads(let heads):
            guard let id = editor.producer(of: heads),
                let (step, order) = editor.match(id, as: Transpose.self),
                order.permutation == [0, 2, 1, 3], let places = step.inputs[0]
            else { return nil }
            isOwned = isOwned && editor.soleConsumer(of: heads) == user
            if isOwned { steps.append(id) }
            user = id
            slot = places
        }
        guard let id = editor.producer(of: slot),
            let (step, _) = editor.match(id, as: Reshape.self), let source = step.inputs[0],
            let from = editor.shape(source), let to = editor.shape(slot), from.rank == 3,
            to.rank == 4, from[0] == to[0], from[1] == to[1], from[0] != .unknown,
            from[1] != .unknown, let heads = to[2].extent, let size = to[3].extent,
            from[2].extent == heads * size
        else { return nil }
        if isOwned, editor.soleConsumer(of: slot) == user { steps.append(id) }
        rows.append(source)
        return heads
    }
}
