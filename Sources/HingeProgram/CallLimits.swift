import HingeGraph

/// How far functions may call functions.
///
/// A few of them that call each other twice ask for more nodes than any machine holds.
package enum CallLimits {
    /// The most nodes that a model may have when its functions are expanded.
    package static let nodeCount = 1_000_000
    /// The most functions inside each other.
    package static let depth = 64
}

extension Model {
    /// Checks that the model's functions can be expanded.
    ///
    /// Takes time in proportion to the model as it is. Functions that call themselves are found by whoever
    /// expands them.
    ///
    /// - Throws: ``HingeError`` with the code `limit` when there would be more nodes, or functions deeper inside
    ///   each other, than ``CallLimits`` allows.
    package func checkCalls() throws {
        guard !functions.isEmpty else { return }
        var counter = CallCounter(functions)
        let size = counter.size(of: graph.nodes)
        guard size.depth <= CallLimits.depth else {
            throw HingeError(
                .limit, "functions call each other more than \(CallLimits.depth) deep")
        }
        guard size.nodeCount <= CallLimits.nodeCount else {
            throw HingeError(
                .limit,
                "with its functions expanded, the model has more than \(CallLimits.nodeCount) nodes"
            )
        }
    }
}

/// Counts the nodes that calls expand to, each function once.
private struct CallCounter {
    struct Size {
        var nodeCount = 0
        var depth = 0

        mutating func add(_ other: Size) {
            // Neither is much larger than the limit.
            nodeCount = min(nodeCount + other.nodeCount, CallLimits.nodeCount + 1)
            depth = max(depth, other.depth)
        }
    }

    private let functions: [FunctionID: Function]
    private var sizes: [FunctionID: Size] = [:]
    /// The functions being counted, one inside the other.
    private var callers: Set<FunctionID> = []

    init(_ functions: [Function]) {
        self.functions = Dictionary(
            functions.map { (FunctionID($0), $0) },
            uniquingKeysWith: { first, _ in first })
    }

    mutating func size(of nodes: [Node]) -> Size {
        var size = Size(nodeCount: min(nodes.count, CallLimits.nodeCount + 1), depth: 0)
        for node in nodes {
            let id = FunctionID(calledBy: node)
            if let function = functions[id] { size.add(self.size(of: function, id)) }
            for graph in node.subgraphs { size.add(self.size(of: graph.nodes)) }
        }
        return size
    }

    private mutating func size(of function: Function, _ id: FunctionID) -> Size {
        if let size = sizes[id] { return size }
        guard !callers.contains(id) else { return Size() }
        guard callers.count <= CallLimits.depth else { return Size(depth: callers.count) }
        callers.insert(id)
        defer { callers.remove(id) }
        var size = size(of: function.nodes)
        size.depth += 1
        sizes[id] = size
        return size
    }
}
