import HingeGraph
import HingeOperators
import HingeProgram

/// What makes weights of scores.
struct SoftmaxSteps {
    /// What the softmax is taken of.
    let scores: Program.SlotID
    /// The step that uses the scores.
    let user: Program.StepID
    /// The element type of the softmax, if the scores are cast for it: one that holds all that theirs does.
    private(set) var type: DataType?
    /// Whether a weight that is NaN becomes 0.
    private(set) var isGuarded = false
    private(set) var steps: [Program.StepID] = []

    init?(_ weights: Program.SlotID, usedBy last: Program.StepID, _ editor: ProgramEditor) {
        var slot = weights
        var next = last
        var found: [Program.StepID] = []
        func enter<Kind: Operator>(_ kind: Kind.Type) -> (Program.Step, Kind)? {
            guard let id = editor.inner(slot, as: kind, usedBy: next),
                let match = editor.match(id, as: kind), let input = match.step.inputs[0]
            else { return nil }
            found.append(id)
            slot = input
            next = id
            return (match.step, match.operator)
        }
        if let id = editor.inner(slot, as: Where.self, usedBy: next),
            let guarded = SoftmaxSteps.guarded(id, editor)
        {
            found += [id, guarded.test]
            isGuarded = true
            slot = guarded.weights
            next = id
            guard let softmax = editor.producer(of: slot), !editor.isOutput(slot),
                Set(editor.consumers(of: slot)) == [id, guarded.test],
                let (step, operation) = editor.match(softmax, as: Softmax.self),
                SoftmaxSteps.isOverKeys(operation), let input = step.inputs[0]
            else { return nil }
            steps = found + [softmax]
            scores = input
            user = softmax
            return
        }
        let narrowed = enter(Cast.self)
        guard let (step, softmax) = enter(Softmax.self), SoftmaxSteps.isOverKeys(softmax) else {
            return nil
        }
        if narrowed != nil {
            guard enter(Cast.self) != nil, let wide = editor.dataType(step.inputs[0]),
                let own = editor.dataType(slot), own == editor.dataType(weights),
                MaskPattern.keepsNumbers(own, in: wide)
            else { return nil }
            type = wide
        }
        steps = found
        scores = slot
        user = next
    }

    private static func isOverKeys(_ softmax: Softmax) -> Bool {
        softmax.axis == -1 || softmax.axis == 3
    }

    /// Matches `Where(IsNaN(weights), 0, weights)`.
    private static func guarded(
        _ id: Program.StepID, _ editor: ProgramEditor
    ) -> (weights: Program.SlotID, test: Program.StepID)? {
        guard let (choice, _) = editor.match(id, as: Where.self), choice.inputs.count == 3,
            let test = editor.inner(choice.inputs[0], as: IsNaN.self, usedBy: id),
            let weights = choice.inputs[2], editor.input(test) == weights,
            editor.number(choice.inputs[1]) == 0
        else { return nil }
        return (weights, test)
    }
}

/// The steps from the product of query and key to the softmax, found from the last on.
struct ScoreTrace {
    private(set) var query: Program.SlotID = 0
    private(set) var key: Program.SlotID = 0
    /// The product of query and key.
    private(set) var product: Program.StepID = 0
    /// The result of the product.
    private(set) var result: Program.SlotID = 0
    private(set) var scale = 1.0
    private(set) var softcap = 0.0
    private(set) var mask: Mask?
    private(set) var steps: [Program.StepID] = []

    /// What stands between the scores and the softmax.
    enum Mask {
        case sum(Program.SlotID)
        /// A condition chooses between the scores and a number.
        case choice(Program.SlotID, Double, whereTrue: Bool)
    }

    /// What may still stand in front: the later comes first.
    private enum Stage: Comparable {
        case mask, cap, scale
    }

    init?(_ scores: Program.SlotID, usedBy user: Program.StepID, _ editor: ProgramEditor) {
        guard follow(scores, user, .mask, editor) else { return nil }
    }

    private mutating func follow(
        _ slot: Program.SlotID, _ user: Program.StepID, _ stage: Stage, _ editor: ProgramEditor
    ) -> Bool {
        guard let id = editor.producer(of: slot), editor.soleConsumer(of: slot) == user,
            editor.shape(slot)?.rank == 4
        else { return false }
        if let (step, _) = editor.match(id, as: MatMul.self) {
            guard let query = step.inputs[0], let key = step.inputs[1] else { return false }
            (self.query, self.key, product, result) = (query, key, id, slot)
            steps.append(id)
            return true
        }
        if stage == .mask, followMask(id, editor) { return true }
        guard let factors = Product(id, editor), factors.factors.count == 1,
            let first = factors.steps.first
        else { return false }
        let inner = factors.factors[0]
        if stage < .scale, let tanh = editor.inner(inner, as: Tanh.self, usedBy: first) {
            guard let argument = editor.input(tanh), editor.soleConsumer(of: argument) == tanh,
                let divided = Product(editor.producer(of: argument), editor),
                divided.factors.count == 1, let next = divided.steps.first,
                factors.constant > 0
            else { return false }
            softcap = factors.constant
            scale = divided.constant * softcap
            steps += factors.steps + [tanh] + divided.steps
            return follow(divided.factors[0], next, .scale, editor)
        }
        scale *= factors.constant
        steps += factors.steps
        return follow(inner, first, .scale, editor)
    }

    /// Follows a mask that is added, or that chooses.
    private mutating func followMask(_ id: Program.StepID, _ editor: ProgramEditor) -> Bool {
        let before = self
        for (scores, mask) in editor.operands(id, as: Add.self) {
            self = before
            self.mask = .sum(mask)
            steps.append(id)
            if follow(scores, id, .cap, editor) { return true }
        }
        guard let (step, _) = editor.match(id, as: Where.self), step.inputs.count == 3,
            let condition = step.inputs[0]
        else {
            self = before
            return false
        }
        for (scores, number) in [(1, 2), (2, 1)] {
            self = before
            guard let closed = editor.number(step.inputs[number]), !closed.isNaN,
                let scores = step.inputs[scores]
            else { continue }
            mask = .choice(condition, closed, whereTrue: number == 1)
            steps.append(id)
            if follow(scores, id, .cap, editor) { return true }
        }
        self = before
        return false
    }
}

/// Query or key of a product, from the product on towards its source.
struct FactorTrace {
    private(set) var slot: Program.SlotID
    /// The step that uses the value.
    private(set) var user: Program.StepID
    /// Whether nothing else uses any of the values so far.
    private(set) var isOwned = true
    /// The product of the constants on the way.
    private(set) var constant = 1.0
    /// The steps on the way, as far as nothing else uses their results.
    private(set) var steps: [Program.StepID] = []

    init(_ slot: Program.SlotID, usedBy user: Program.StepID) {
        self.slot = slot
        self.user = user
    }

    /// Goes on to what is multiplied by constants.
    mutating func skipFactors(_ editor: ProgramEditor) {
        guard isOwned, editor.soleConsumer(of: slot) == user,
            let product = Product(editor.producer(of: slot), editor), product.factors.count == 1,
            let first = product.steps.first, editor.shape(product.factors[0])?.rank == 4
        else { return }
        constant *= product.constant
        steps += product.steps
        slot = product.factors[0]
        user = first
    }

    /// Goes on to the keys of which the value is the transposed form.
    mutating func skipTranspose(_ editor: ProgramEditor) -> AttentionScores.Operand? {
        skipFactors(editor)
        guard let id = editor.producer(of: slot),
            let (step, order) = editor.match(id, as: Transpose.self), let input = step.inputs[0]
        else { return nil }
        isOwned = isOwned && editor.soleConsumer(of: slot) == user
        if isOwned { steps.append(id) }
        slot = input
        user = id
        skipFactors(editor)
        switch order.permutation {
        case [0, 1, 3, 2]: return .heads(slot)
        case [0, 2, 3, 1]: return .places(slot)
        default: return nil
        }
    }
}
