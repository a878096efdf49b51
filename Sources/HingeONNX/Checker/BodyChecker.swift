import HingeGraph

/// Checks that the graphs in a control-flow node's attributes have the inputs and outputs that the node asks for.
///
/// Source: ONNX `If`, `Loop`, `Scan` and `SequenceMap`.
enum BodyChecker {
    /// Checks a node of the standard operators; one without graphs is right.
    static func check(_ node: Node, opset: Int, _ collector: FindingCollector) {
        for attribute in node.attributes {
            guard case .graph(let body) = attribute.value,
                let expected = expectation(node, opset)
            else { continue }
            collector.within(.attribute(attribute.name)) {
                if body.inputs.count != expected.inputs {
                    collector.error(
                        .inputCount,
                        "expected a body of \(count(expected.inputs, "input")), found "
                            + "\(body.inputs.count)")
                }
                if body.outputs.count != expected.outputs {
                    collector.error(
                        .outputCount,
                        "expected a body of \(count(expected.outputs, "output")), found "
                            + "\(body.outputs.count)")
                }
            }
        }
    }

    /// How many inputs and outputs the bodies of a node have.
    private static func expectation(_ node: Node, _ opset: Int) -> (inputs: Int, outputs: Int)? {
        switch node.type {
        case "If": (0, node.outputs.count)
        // The number of the iteration and the condition come before the values that are carried on; the trip count and
        // the condition stand before those among the node's inputs.
        case "Loop": (max(node.inputs.count, 2), node.outputs.count + 1)
        case "Scan":
            // The lengths of the sequences are the first input before version 9.
            (node.inputs.count - (opset < 9 ? 1 : 0), node.outputs.count)
        case "SequenceMap": (node.inputs.count, node.outputs.count)
        default: nil
        }
    }

    private static func count(_ count: Int, _ noun: String) -> String {
        "\(count) \(noun)\(count == 1 ? "" : "s")"
    }
}
