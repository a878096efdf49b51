import HingeGraph

/// Operands tied to the memory of a workspace; most have the same value in every run.
struct BoundOperands {
    /// Where to find a value in each run.
    private enum Source {
        case external(Plan.Location, TensorType)
        case dynamic(Int)
        case input(Int)
    }

    /// The values that are the same, and `nil` for the others.
    private(set) var fixed: [Value?] = []
    /// Where to find the others.
    private var moving: [(index: Int, source: Source)] = []

    init(_ operands: [EvaluateStep.Operand], _ workspace: Workspace) {
        for (index, operand) in operands.enumerated() {
            fixed.append(nil)
            switch operand {
            case .absent: break
            case .constant(let value): fixed[index] = value
            case .dynamic(let slot): moving.append((index, .dynamic(slot)))
            case .input(let position): moving.append((index, .input(position)))
            case .memory(let buffer, let type):
                if let tensor = workspace.fixedTensor(buffer, type) {
                    fixed[index] = .tensor(tensor)
                } else {
                    moving.append((index, .external(workspace.plan.buffers[buffer], type)))
                }
            }
        }
    }

    /// Calls `body` with each value that isn't the same in every run.
    func forEachMoving(
        _ workspace: Workspace, _ body: (_ index: Int, _ value: Value?) throws -> Void
    ) throws {
        for (index, source) in moving { try body(index, value(source, workspace)) }
    }

    /// Calls `body` with the places of the values that aren't the same in every run.
    func forEachMovingIndex(_ body: (_ index: Int) -> Void) {
        for (index, _) in moving { body(index) }
    }

    private func value(_ source: Source, _ workspace: Workspace) throws -> Value? {
        switch source {
        case .dynamic(let slot): workspace.dynamics[slot]
        case .input(let position): workspace.inputs[position]
        case .external(let location, let type):
            try workspace.externalValue(location, shape: type.shape)
        }
    }

    /// The values in this run.
    func values(_ workspace: Workspace) throws -> [Value?] {
        guard !moving.isEmpty else { return fixed }
        var values = fixed
        try forEachMoving(workspace) { values[$0] = $1 }
        return values
    }
}
