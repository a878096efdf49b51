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
    private var fixed: [Value?] = []
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

    /// The values in this run.
    func values(_ workspace: Workspace) throws -> [Value?] {
        guard !moving.isEmpty else { return fixed }
        var values = fixed
        for (index, source) in moving {
            values[index] =
                switch source {
                case .dynamic(let slot): workspace.dynamics[slot]
                case .input(let position): workspace.inputs[position]
                case .external(let location, let type):
                    .tensor(try workspace.external(location).reshaped(to: type.shape))
                }
        }
        return values
    }
}
