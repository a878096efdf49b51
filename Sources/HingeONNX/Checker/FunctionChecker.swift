import HingeGraph
import HingeOperators
import HingeProgram
import HingeTransforms

/// A model's functions, by what calls them.
struct FunctionTable {
    let functions: [Function]
    private var indices: [FunctionID: Int] = [:]

    init(_ functions: [Function]) {
        self.functions = functions
        for (index, function) in functions.enumerated() {
            let id = FunctionID(function)
            if indices[id] == nil { indices[id] = index }
        }
    }

    /// The function that a node calls.
    func function(calledBy node: Node) -> Function? { index(calledBy: node).map { functions[$0] } }

    /// The index of the function that a node calls.
    func index(calledBy node: Node) -> Int? {
        indices[FunctionID(calledBy: node)]
    }

    /// Whether an earlier function has the same domain, name and overload.
    func isDuplicate(_ index: Int) -> Bool {
        indices[FunctionID(functions[index])] != index
    }
}

/// Checks a model's functions, and that their calls come to an end.
struct FunctionChecker {
    private let model: Model
    private let table: FunctionTable
    private let collector: FindingCollector

    init(_ model: Model, _ table: FunctionTable, _ collector: FindingCollector) {
        self.model = model
        self.table = table
        self.collector = collector
    }

    func check() {
        for (index, function) in table.functions.enumerated() {
            collector.within(.graph(function.name)) {
                if function.name.isEmpty {
                    collector.error(.missingName, "expected the name of a function, found none")
                }
                if table.isDuplicate(index) {
                    collector.error(
                        .duplicateFunction, "another function has the same domain and name")
                }
                check(function)
            }
        }
        checkCalls()
    }

    private func check(_ function: Function) {
        ModelChecker.checkKeys(function.metadata, collector)
        let scope = ValueScope(nil)
        for input in function.inputs {
            if scope.defines(input) {
                collector.error(.duplicateValue, "two inputs have the name", at: .value(input))
            }
            scope.define(input)
        }
        var attributes: Set<String> = []
        for name in function.attributes + function.defaultAttributes.map(\.name)
        where !attributes.insert(name).inserted {
            collector.error(
                .duplicateAttribute, "the function has the attribute twice", at: .attribute(name))
        }
        let nodes = NodeChecker(model, table, function: function, collector)
        GraphChecker(model, nodes, collector).check(function.nodes, scope)
        var outputs: Set<String> = []
        for output in function.outputs {
            if !outputs.insert(output).inserted {
                collector.error(.duplicateValue, "two outputs have the name", at: .value(output))
            }
            if function.inputs.contains(output) {
                collector.error(
                    .duplicateValue,
                    "an input of the function has the name of the output; expected a value of its own, "
                        + "such as an Identity gives", at: .value(output))
            }
            if !scope.knows(output) {
                collector.error(.undefinedValue, "no node gives the output", at: .value(output))
            }
        }
    }

    /// Finds functions that call themselves, and how many nodes the model has when all are expanded.
    ///
    /// Functions are settled once all that they call are; what remains calls itself.
    private func checkCalls() {
        let calls = table.functions.map { calledFunctions($0.nodes) }
        var callers = [[Int]](repeating: [], count: calls.count)
        for (caller, callees) in calls.enumerated() {
            for callee in callees { callers[callee].append(caller) }
        }
        var open = calls.map(\.count)
        var counts = table.functions.map { nodeCount($0.nodes) }
        var settled = open.indices.filter { open[$0] == 0 }
        var next = 0
        while next < settled.count {
            let function = settled[next]
            next += 1
            for caller in callers[function] {
                counts[caller] = sum(counts[caller], counts[function])
                open[caller] -= 1
                if open[caller] == 0 { settled.append(caller) }
            }
        }
        for index in open.indices where open[index] > 0 {
            collector.error(
                .recursiveFunction, "the function calls itself, or one that does",
                at: .graph(table.functions[index].name))
        }
        let total = calledFunctions(model.graph.nodes)
            .reduce(nodeCount(model.graph.nodes)) { sum($0, counts[$1]) }
        if total > CallLimits.nodeCount {
            collector.error(
                .functionExpansion,
                "with its functions expanded, the model has more than "
                    + "\(CallLimits.nodeCount) nodes")
        }
    }

    private func sum(_ left: Int, _ right: Int) -> Int {
        min(left + right, CallLimits.nodeCount + 1)
    }

    /// The functions that nodes call, those in subgraphs included, once for each call.
    private func calledFunctions(_ nodes: [Node]) -> [Int] {
        nodes.flatMap { node in
            (table.index(calledBy: node).map { [$0] } ?? [])
                + node.subgraphs.flatMap { calledFunctions($0.nodes) }
        }
    }

    private func nodeCount(_ nodes: [Node]) -> Int {
        nodes.reduce(nodes.count) { count, node in
            node.subgraphs.reduce(count) { sum($0, nodeCount($1.nodes)) }
        }
    }
}
