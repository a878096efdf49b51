import HingeGraph
import HingeOperators

/// Cells of which each takes the output of the one before.
///
/// Source: Keras `StackedRNNCells(cells)`.
struct StackedRNNCellsLayer: RecurrentCell {
    /// The cells.
    var cells: [LayerInstance]
}

extension StackedRNNCellsLayer {
    static let className = "StackedRNNCells"

    init(_ config: ConfigReader) throws {
        cells = try config.required("cells", config.layers("cells"))
        for cell in cells where !(cell.layer is any RecurrentCell) {
            throw config.error(
                "cells", "expected recurrent cells, found a \(cell.object.className)")
        }
    }

    var variables: LayerVariables {
        LayerVariables(
            groups: cells.enumerated().map { index, cell in
                cell.group(
                    "\(index)", at: .listed(list: "cells", className: cell.object.className),
                    label: .name(cell.name))
            })
    }

    var stateCount: Int { parts.reduce(0) { $0 + $1.stateCount } }

    /// The cells, typed.
    var parts: [any RecurrentCell] { cells.compactMap { $0.layer as? any RecurrentCell } }

    /// The context of a cell.
    func context(_ index: Int, _ context: LayerContext) throws -> LayerContext {
        try context.inside("\(index)", cells[index], name: cells[index].name)
    }

    func initialStates(_ step: Operand, _ context: LayerContext) throws -> [Operand] {
        try parts.enumerated().flatMap { index, cell in
            try cell.initialStates(step, self.context(index, context))
        }
    }

    func step(
        _ x: Operand, _ states: [Operand], _ context: LayerContext
    ) throws -> (output: Operand, states: [Operand]) {
        var output = x
        var rest = states[...]
        var new: [Operand] = []
        for (index, cell) in parts.enumerated() {
            let own = Array(rest.prefix(cell.stateCount))
            rest = rest.dropFirst(cell.stateCount)
            let result = try cell.step(output, own, self.context(index, context))
            output = result.output
            new += result.states
        }
        return (output, new)
    }

    func sequenceOperator(_ inputSize: Int, _ context: LayerContext) throws -> SequenceOperator? {
        nil
    }

    func write(_ config: inout ConfigWriter) {
        config.setLayers("cells", cells)
    }
}
