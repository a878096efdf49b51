import HingeGraph
import HingeOperators
import HingeProgram

/// What masks of attention are made of.
struct MaskPattern {
    private let editor: ProgramEditor

    init(_ editor: ProgramEditor) { self.editor = editor }

    /// How many steps are followed back from a mask.
    private static let depthLimit = 24

    /// The booleans that choose 0, where a mask is else minus infinity.
    func choice(_ slot: Program.SlotID) -> Program.SlotID? {
        guard let (step, _) = editor.match(editor.producer(of: slot), as: Where.self),
            step.inputs.count == 3, let condition = step.inputs[0]
        else { return nil }
        if editor.number(step.inputs[1]) == 0, editor.number(step.inputs[2]) == -.infinity {
            return condition
        }
        guard editor.number(step.inputs[1]) == -.infinity, editor.number(step.inputs[2]) == 0
        else { return nil }
        return opposite(condition)
    }

    /// The booleans of which a value is the opposite.
    func opposite(_ slot: Program.SlotID) -> Program.SlotID? {
        guard let id = editor.producer(of: slot), editor.match(id, as: Not.self) != nil else {
            return nil
        }
        return editor.input(id)
    }

    /// Whether a mask of numbers may be minus infinity for all keys of a query.
    func mayExcludeAll(_ slot: Program.SlotID) -> Bool {
        if let constant = editor.constant(slot) {
            guard let columns = constant.shape.last, columns > 0,
                let elements = try? constant.doubles()
            else { return true }
            return stride(from: 0, to: elements.count, by: columns).contains { start in
                elements[start..<start + columns].allSatisfy { !($0 > -.infinity) }
            }
        }
        return !isFinite(slot, depth: 0)
    }

    /// Whether all elements of a value are finite, products and sums of finite numbers included.
    private func isFinite(_ slot: Program.SlotID?, depth: Int) -> Bool {
        guard depth < MaskPattern.depthLimit, let slot else { return false }
        if let constant = editor.constant(slot) {
            return (try? constant.doubles().allSatisfy(\.isFinite)) ?? false
        }
        switch editor.dataType(slot) {
        case .float32, .float64, .float16, .bfloat16: break
        case nil: return false
        default: return true
        }
        guard let id = editor.producer(of: slot), let step = editor.step(id) else { return false }
        let inputs: [Program.SlotID?]
        switch step.operation {
        case is Mul, is Add, is Sub: inputs = step.inputs
        case is Where: inputs = Array(step.inputs.dropFirst())
        case is Cast:
            guard let from = editor.dataType(step.inputs[0]), let to = editor.dataType(slot),
                !from.isFloatingPoint || MaskPattern.keepsFinite(from, in: to)
            else { return false }
            inputs = step.inputs
        case is Neg, is Unsqueeze, is Squeeze, is Reshape, is Transpose, is Expand,
            is SliceOf, is Tile, is Trilu, is Identity, is Gather:
            inputs = Array(step.inputs.prefix(1))
        case is Concat: inputs = step.inputs
        default: return false
        }
        return inputs.allSatisfy { isFinite($0, depth: depth + 1) }
    }

    /// Whether no finite number of a type is infinite in another.
    private static func keepsFinite(_ type: DataType, in other: DataType) -> Bool {
        switch other {
        case .float64: true
        case .float32: type != .float64
        case .bfloat16: type == .bfloat16 || type == .float16
        case .float16: type == .float16
        default: false
        }
    }

    /// Whether a type has all numbers of another.
    static func keepsNumbers(_ type: DataType, in other: DataType) -> Bool {
        type == other || keepsFinite(type, in: other) && other != .bfloat16
    }
}

// MARK: - The causal form

extension MaskPattern {
    /// Whether a mask that is added leaves each query the keys up to its own place, and no others.
    ///
    /// - Parameter scores: The shape of the scores, `[N, H, L, T]`.
    func isCausal(_ slot: Program.SlotID, _ scores: Shape) -> Bool {
        guard isSquare(slot, scores) else { return false }
        if let constant = editor.constant(slot) {
            return isCausal(constant) { isOpen, element in
                isOpen ? element == 0 : isClosing(element)
            }
        }
        if let (step, _) = editor.match(editor.producer(of: slot), as: Where.self),
            step.inputs.count == 3, let isLower = isLowerTriangle(step.inputs[0])
        {
            let (open, closed) = isLower ? (1, 2) : (2, 1)
            return editor.number(step.inputs[open]) == 0 && isClosing(step.inputs[closed])
        }
        // The triangle above the diagonal of what is closed everywhere.
        guard let (step, triangle) = triangle(slot), triangle.isUpper, offset(step) == 1 else {
            return false
        }
        return isClosing(filled(step.inputs[0]))
    }

    /// Whether a condition that chooses between scores and a number does so.
    ///
    /// - Parameter whereTrue: Whether the number is taken where the condition is true.
    func isCausal(
        _ condition: Program.SlotID, closed: Double, whereTrue: Bool, _ scores: Shape
    ) -> Bool {
        guard isSquare(condition, scores), isClosing(closed) else { return false }
        if let constant = editor.constant(condition) {
            return isCausal(constant) { isOpen, element in (element != 0) == (isOpen != whereTrue) }
        }
        return isLowerTriangle(condition) == !whereTrue
    }

    /// Whether a mask has an element for each query and key, and is the same for all samples and heads.
    private func isSquare(_ slot: Program.SlotID, _ scores: Shape) -> Bool {
        guard let shape = editor.shape(slot), shape.rank >= 2 else { return false }
        return shape.dimensions.dropLast(2).allSatisfy { $0 == 1 }
            && shape[shape.rank - 2] == scores[2] && shape[shape.rank - 1] == scores[3]
            && scores[2] != .unknown && scores[3] != .unknown && scores[3] != 0
    }

    private func isCausal(
        _ constant: Tensor, _ fits: (_ isOpen: Bool, _ element: Double) -> Bool
    ) -> Bool {
        guard let columns = constant.shape.last, columns > 0, let elements = try? constant.doubles()
        else { return false }
        return elements.enumerated().allSatisfy { index, element in
            fits(index % columns <= index / columns, element)
        }
    }

    /// Whether a condition holds at the diagonal and before it, or exactly elsewhere (`false`); `nil` for neither.
    private func isLowerTriangle(_ slot: Program.SlotID?) -> Bool? {
        guard let id = editor.producer(of: slot) else { return nil }
        if editor.match(id, as: Not.self) != nil {
            return isLowerTriangle(editor.input(id)).map { !$0 }
        }
        for (first, second) in editor.operands(id, as: Equal.self)
        where isZero(second) {
            return isLowerTriangle(first).map { !$0 }
        }
        if let (step, _) = editor.match(id, as: Cast.self), editor.dataType(slot) == .bool {
            return isLowerTriangle(step.inputs[0])
        }
        guard let (step, triangle) = triangle(slot), let value = filled(step.inputs[0]),
            let constant = editor.constant(value), constant.count == 1,
            let number = try? constant.doubles()[0], number != 0, !number.isNaN
        else { return nil }
        switch (triangle.isUpper, offset(step)) {
        case (false, 0): return true
        case (true, 1): return false
        default: return nil
        }
    }

    private func triangle(_ slot: Program.SlotID?) -> (Program.Step, Trilu)? {
        editor.match(editor.producer(of: slot), as: Trilu.self)
    }

    /// The diagonal from which on a triangle is taken.
    private func offset(_ step: Program.Step) -> Int? {
        guard step.inputs.count > 1, let slot = step.inputs[1] else { return 0 }
        return try? editor.constant(slot)?.integers().first
    }

    /// The one number that all elements of a value are.
    private func filled(_ slot: Program.SlotID?) -> Program.SlotID? {
        guard let id = editor.producer(of: slot) else { return nil }
        guard let (step, _) = editor.match(id, as: Expand.self),
            editor.constant(step.inputs[0])?.count == 1
        else { return nil }
        return step.inputs[0]
    }

    private func isZero(_ slot: Program.SlotID) -> Bool {
        guard let constant = editor.constant(slot), constant.count == 1 else { return false }
        return (try? constant.doubles()[0]) == 0
    }

    private func isClosing(_ slot: Program.SlotID?) -> Bool {
        editor.number(slot).map { isClosing($0) } ?? false
    }

    /// Whether nothing is left of a score beside a number, and the exponential of their sum is 0 beside that of a score.
    func isClosing(_ number: Double) -> Bool { number <= -1e30 }
}
