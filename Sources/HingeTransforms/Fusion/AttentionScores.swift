import HingeGraph
import HingeOperators
import HingeProgram

/// The steps of `softmax(q · kᵀ · scale + mask) · v`, but for the last product.
struct AttentionScores {
    /// How the heads of keys lie.
    enum Operand {
        /// `[N, H, L, D]`.
        case heads(Program.SlotID)
        /// `[N, L, H, D]`.
        case places(Program.SlotID)
    }

    /// What is added to the scores, or chooses between them and what leaves a key out.
    enum Mask {
        /// Numbers, or booleans that tell which keys take part.
        case value(Program.SlotID)
        /// Booleans that tell which keys don't.
        case inverse(Program.SlotID)
        /// A number for the keys that a condition leaves out: where it is false, or where it is true.
        case number(Double, Program.SlotID, whereTrue: Bool)

        /// What the mask is made of.
        fileprivate var slot: Program.SlotID {
            switch self {
            case .value(let slot), .inverse(let slot), .number(_, let slot, _): slot
            }
        }
    }

    /// What they compute, for inputs of four dimensions.
    private(set) var operation: Attention
    private(set) var query: Program.SlotID
    private(set) var key: Operand
    private(set) var value: Program.SlotID
    private(set) var mask: Mask?
    /// The steps, each of whose results only the next uses.
    private(set) var steps: [Program.StepID] = []
    /// The last product, which gives the result.
    let product: Program.StepID
    /// The step that uses the query and nothing else does, and that which so uses the key.
    private(set) var queryUser: Program.StepID?
    private(set) var keyUser: Program.StepID?
    /// The scores: `[N, H, L, T]`.
    private var shape: Shape = []

    /// An attention that is one step already.
    init?(
        _ id: Program.StepID, _ operation: Attention, query: Program.SlotID, key: Program.SlotID,
        value: Program.SlotID, _ editor: ProgramEditor
    ) {
        guard let queries = editor.shape(query), let keys = editor.shape(key), queries.rank == 4,
            keys.rank == 4, editor.shape(value)?.rank == 4
        else { return nil }
        self.operation = operation
        (self.query, self.key, self.value) = (query, .heads(key), value)
        product = id
        queryUser = id
        keyUser = id
        shape = [queries[0], queries[1], queries[2], keys[2]]
        if let step = editor.step(id), step.inputs.count > 4, step.inputs[4] != nil {
            shape[3] = .unknown
        }
    }

    /// The step is the product of weights and value.
    init?(_ id: Program.StepID, _ editor: ProgramEditor) {
        guard let (step, _) = editor.match(id, as: MatMul.self), let weights = step.inputs[0],
            let value = step.inputs[1], editor.shape(value)?.rank == 4,
            let type = editor.dataType(value), AttentionScores.types.contains(type),
            let softmax = SoftmaxSteps(weights, usedBy: id, editor),
            let trace = ScoreTrace(softmax.scores, usedBy: softmax.user, editor),
            editor.dataType(weights) == type
        else { return nil }
        product = id
        operation = Attention()
        operation.softmaxType = softmax.type
        operation.softcap = Float(trace.softcap)
        self.value = value
        var query = FactorTrace(trace.query, usedBy: trace.product)
        var key = FactorTrace(trace.key, usedBy: trace.product)
        query.skipFactors(editor)
        guard let keys = key.skipTranspose(editor) else { return nil }
        self.query = query.slot
        self.key = keys
        queryUser = query.isOwned ? query.user : nil
        keyUser = key.isOwned ? key.user : nil
        steps = query.steps + key.steps + trace.steps + softmax.steps
        guard let scores = editor.shape(trace.result), fits(scores, editor),
            let size = editor.shape(self.query)?[3],
            setScale(trace.scale * query.constant * key.constant, size, type)
        else { return nil }
        shape = scores
        guard let mask = trace.mask else { return }
        guard takeMask(mask, isGuarded: softmax.isGuarded, type, editor) else { return nil }
    }

    private static let types: [DataType] = [.float32, .float64, .float16, .bfloat16]

    /// Whether query, key and value have the same samples and heads, so that nothing is repeated.
    private func fits(_ scores: Shape, _ editor: ProgramEditor) -> Bool {
        guard let query = editor.shape(query), let value = editor.shape(value), scores.rank == 4,
            query.rank == 4, value.rank == 4
        else { return false }
        let keys: (Shape.Dimension, Shape.Dimension)
        switch key {
        case .heads(let slot):
            guard let shape = editor.shape(slot), shape.rank == 4 else { return false }
            keys = (shape[0], shape[1])
        case .places(let slot):
            guard let shape = editor.shape(slot), shape.rank == 4 else { return false }
            keys = (shape[0], shape[2])
        }
        return [query[0], query[1]].allSatisfy { $0 != .unknown }
            && keys == (query[0], query[1]) && value[0] == query[0] && value[1] == query[1]
            && scores[0] == query[0] && scores[1] == query[1]
    }

    /// Takes a factor as the scale, if the attribute holds it as exactly as the element type does.
    private mutating func setScale(
        _ scale: Double, _ size: Shape.Dimension, _ type: DataType
    ) -> Bool {
        let rounding = type == .float64 ? 1e-15 : 2e-7
        if let size = size.extent, size > 0 {
            let standard = 1 / Double(size).squareRoot()
            if abs(scale - standard) <= rounding * standard { return true }
        }
        guard scale > 0, scale.isFinite, abs(Double(Float(scale)) - scale) <= rounding * scale
        else {
            return false
        }
        operation.scale = Float(scale)
        return true
    }
}

// MARK: - Masks

extension AttentionScores {
    /// The number of keys that a mask is for.
    func extent(ofMask slot: Program.SlotID, _ editor: ProgramEditor) -> Shape.Dimension? {
        editor.shape(slot)?.dimensions.last
    }

    /// Whether a mask broadcasts to the scores and doesn't widen them.
    private func broadcasts(_ mask: Program.SlotID, _ editor: ProgramEditor) -> Bool {
        guard let found = editor.shape(mask), (1...4).contains(found.rank) else { return false }
        return zip(found.dimensions.reversed(), shape.dimensions.reversed()).allSatisfy {
            $0 == 1 || $0 == $1 && $0 != .unknown
        }
    }

    private mutating func takeMask(
        _ mask: ScoreTrace.Mask, isGuarded: Bool, _ type: DataType, _ editor: ProgramEditor
    ) -> Bool {
        let pattern = MaskPattern(editor)
        switch mask {
        case .sum(let slot):
            guard broadcasts(slot, editor), mayRepeat(slot, editor),
                editor.dataType(slot) == type
            else { return false }
            if pattern.isCausal(slot, shape) {
                operation.isCausal = true
                return true
            }
            guard isGuarded || !pattern.mayExcludeAll(slot) else { return false }
            if let choice = pattern.choice(slot), broadcasts(choice, editor),
                mayRepeat(choice, editor)
            {
                take(.value(choice), editor)
            } else {
                take(.value(slot), editor)
            }
            return true
        case .choice(let condition, let closed, let whereTrue):
            guard broadcasts(condition, editor), mayRepeat(condition, editor),
                editor.dataType(condition) == .bool
            else { return false }
            if pattern.isCausal(condition, closed: closed, whereTrue: whereTrue, shape) {
                operation.isCausal = true
                return true
            }
            // Beside such a number nothing is left of a score.
            if closed > -.infinity {
                guard pattern.isClosing(closed), type != .float16 else { return false }
                take(.number(closed, condition, whereTrue: whereTrue), editor)
                return true
            }
            guard isGuarded else { return false }
            if !whereTrue {
                take(.value(condition), editor)
            } else if let opposite = pattern.opposite(condition), broadcasts(opposite, editor),
                mayRepeat(opposite, editor)
            {
                take(.value(opposite), editor)
            } else {
                take(.inverse(condition), editor)
            }
            return true
        }
    }

    private mutating func take(_ mask: Mask, _ editor: ProgramEditor) {
        self.mask = mask
        operation.padsMask = extent(ofMask: mask.slot, editor) == shape[3]
    }

    /// Whether a mask has an element for each query, or can be given one.
    private func mayRepeat(_ slot: Program.SlotID, _ editor: ProgramEditor) -> Bool {
        guard isOneForAll(slot, editor) else { return true }
        return shape[2].extent != nil || shape[2] == extent(ofMask: slot, editor)
    }

    /// Whether a mask has one row for all queries.
    private func isOneForAll(_ slot: Program.SlotID, _ editor: ProgramEditor) -> Bool {
        guard let mask = editor.shape(slot), shape[2] != 1 else { return false }
        return mask.rank < 2 || mask[mask.rank - 2] == 1
    }

    /// A mask with a row for each query, which ONNX Runtime asks for.
    private func repeated(
        _ slot: Program.SlotID, _ editor: inout ProgramEditor
    ) throws -> Program.SlotID {
        guard isOneForAll(slot, editor), let rank = editor.shape(slot)?.rank else { return slot }
        let target: Program.SlotID
        if let extent = shape[2].extent {
            target = editor.addConstant(
                Tensor([Int64(extent), 1]), hint: "\(editor.hint(slot))_shape")
        } else {
            let length = try editor.insert(
                ShapeOf(start: rank - 1, end: rank), inputs: [slot], before: product)
            let one = editor.addConstant(Tensor([Int64(1)]), hint: "one")
            target = try editor.insert(
                Concat(axis: 0), inputs: [length, one], before: product)
        }
        return try editor.insert(Expand(), inputs: [slot, target], before: product)
    }

    /// The mask as an input of the operator, with steps in front of the last product that make it, if need be.
    func maskInput(_ editor: inout ProgramEditor) throws -> [Program.SlotID] {
        switch mask {
        case nil: return []
        case .value(let slot): return [try repeated(slot, &editor)]
        case .inverse(let slot):
            let opposite = try editor.insert(Not(), inputs: [slot], before: product)
            return [try repeated(opposite, &editor)]
        case .number(let number, let condition, let whereTrue):
            guard let type = editor.dataType(value) else { return [] }
            func constant(_ value: Double) throws -> Program.SlotID {
                editor.addConstant(
                    try Tensor(filledWith: value, type, shape: []), hint: "attention_mask")
            }
            let (closed, open) = (try constant(number), try constant(0))
            let added = try editor.insert(
                Where(), inputs: [condition] + (whereTrue ? [closed, open] : [open, closed]),
                before: product)
            return [try repeated(added, &editor)]
        }
    }
}
