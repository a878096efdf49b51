import HingeGraph
import HingeOperators
import HingeProgram

/// Checks nodes, one at a time, against the operators that they name.
struct NodeChecker {
    private let functions: FunctionTable
    private let versions: OperatorVersions
    /// The function whose body the nodes are in.
    private let function: Function?
    /// The operators that the model means.
    private let operators: OperatorRegistry
    /// Whether attributes must state their types, as they must from version 2 of the format on.
    private let needsAttributeTypes: Bool
    private let collector: FindingCollector

    init(
        _ model: Model, _ functions: FunctionTable, function: Function? = nil,
        _ collector: FindingCollector
    ) {
        self.functions = functions
        versions = OperatorVersions(function?.opsetImports ?? model.opsetImports)
        operators = model.operators
        needsAttributeTypes = model.irVersion >= 2
        self.function = function
        self.collector = collector
    }

    /// Checks a node by itself.
    func check(_ node: Node) {
        ModelChecker.checkKeys(node.metadata, collector)
        checkAttributeNames(node)
        guard !node.type.isEmpty else {
            return collector.error(.missingName, "expected the name of an operator, found none")
        }
        let domain = Domain(node.domain)
        guard let opset = versions[domain] else {
            return collector.error(
                .unknownDomain, "the operators of '\(domain)' are not imported")
        }
        if let function = functions.function(calledBy: node) {
            return check(node, calling: function)
        }
        guard OperatorSchema.latestOpset(domain: domain.name) != nil else {
            // What somebody else's operator takes, its inference says.
            if operators.contains(OperatorID(domain: domain.name, type: node.type)) { return }
            return collector.warning(
                .customOperator, "the operators of '\(domain)' are unknown and were not checked")
        }
        let schemas = OperatorSchema.versions(domain: domain.name, name: node.type)
        guard let first = schemas.first else {
            return collector.error(
                .unknownOperator, "the operators of '\(domain)' have no \(node.type)")
        }
        guard let schema = schemas.last(where: { $0.sinceVersion <= opset }) else {
            return collector.error(
                .unknownOperator,
                "\(node.type) exists from version \(first.sinceVersion) on, found \(opset)")
        }
        guard !schema.isDeprecated else {
            return collector.error(
                .unknownOperator,
                "\(node.type) is withdrawn from version \(schema.sinceVersion) on, found \(opset)")
        }
        checkAttributes(node, schema)
        checkInputs(node, schema)
        checkOutputs(node, schema)
        if domain == .onnx { BodyChecker.check(node, opset: opset, collector) }
    }

    private func checkAttributeNames(_ node: Node) {
        var names: Set<String> = []
        for attribute in node.attributes {
            if attribute.name.isEmpty {
                collector.error(
                    .duplicateAttribute, "expected the name of an attribute, found none")
            } else if !names.insert(attribute.name).inserted {
                collector.error(
                    .duplicateAttribute, "the node has the attribute twice",
                    at: .attribute(attribute.name))
            }
            if needsAttributeTypes,
                ONNXOrigin(attribute.origin)?.omits(ONNXOrigin.attributeType) ?? false
            {
                collector.error(
                    .attributeType, "expected the type of the attribute, found none",
                    at: .attribute(attribute.name))
            }
            guard case .reference(let name, _) = attribute.value else { continue }
            guard let function else {
                collector.error(
                    .attributeReference, "a reference to '\(name)' stands outside functions",
                    at: .attribute(attribute.name))
                continue
            }
            let isKnown =
                function.attributes.contains(name)
                || function.defaultAttributes.contains { $0.name == name }
            if !isKnown {
                collector.error(
                    .attributeReference, "the function has no attribute '\(name)'",
                    at: .attribute(attribute.name))
            }
        }
    }

    private func checkAttributes(_ node: Node, _ schema: OperatorSchema) {
        let known = schema.attributes
        let since = schema.sinceVersion
        for attribute in node.attributes where !attribute.name.isEmpty {
            checkValue(attribute)
            guard let expected = known.first(where: { $0.name == attribute.name }) else {
                collector.error(
                    .unknownAttribute, "\(node.type) of version \(since) has no such attribute",
                    at: .attribute(attribute.name))
                continue
            }
            let kind = attribute.value.kind
            guard kind != expected.kind else { continue }
            // A reference may leave out its type.
            if case .reference(_, "undefined") = attribute.value { continue }
            collector.error(
                .attributeType, "expected \(expected.kind), found \(kind)",
                at: .attribute(attribute.name))
        }
        for attribute in known where attribute.isRequired {
            guard node[attribute: attribute.name] == nil else { continue }
            collector.error(
                .missingAttribute, "\(node.type) requires the attribute",
                at: .attribute(attribute.name))
        }
    }

    /// Checks that the message of an attribute has the value that it says it has, and no other.
    private func checkValue(_ attribute: Attribute) {
        guard let origin = ONNXOrigin(attribute.origin) else { return }
        let kind = attribute.value.kind
        if origin.isContradictory {
            collector.error(
                .attributeType, "expected a value of type \(kind) only, found others too",
                at: .attribute(attribute.name))
        } else if let field = AttributeKind(name: kind).field, origin.omits(field),
            !AttributeKind(name: kind).isList
        {
            collector.error(
                .attributeType, "expected a value of type \(kind), found none",
                at: .attribute(attribute.name))
        }
    }

    private func checkInputs(_ node: Node, _ schema: OperatorSchema) {
        let count = node.inputs.count
        guard schema.inputCounts.contains(count) else {
            return collector.error(
                .inputCount, "expected \(text(schema.inputCounts, "input")), found \(count)")
        }
        for (index, name) in node.inputs.enumerated() where name.isEmpty {
            guard let parameter = schema.input(at: index) else { continue }
            if parameter.option == .single {
                collector.error(.inputCount, "the input '\(parameter.name)' is required")
            } else if parameter.option == .variadic, parameter.isHomogeneous {
                collector.error(
                    .inputCount, "one of the inputs '\(parameter.name)' is absent")
            }
        }
    }

    private func checkOutputs(_ node: Node, _ schema: OperatorSchema) {
        let count = node.outputs.count
        guard schema.outputCounts.contains(count) else {
            return collector.error(
                .outputCount, "expected \(text(schema.outputCounts, "output")), found \(count)")
        }
        for (index, name) in node.outputs.enumerated() where name.isEmpty {
            if let parameter = schema.output(at: index), parameter.option == .single {
                collector.error(.outputCount, "the output '\(parameter.name)' is required")
            }
        }
    }

    /// Checks a call of one of the model's functions.
    private func check(_ node: Node, calling function: Function) {
        let domain = Domain(node.domain)
        if OperatorSchema.latestOpset(domain: domain.name) != nil,
            OperatorSchema.versions(domain: domain.name, name: node.type).isEmpty
        {
            collector.error(
                .unknownOperator,
                "the operators of '\(domain)' have no \(node.type), and a function can't add one")
        }
        checkAbsentInputs(of: node, calling: function)
        if node.inputs.count > function.inputs.count {
            collector.error(
                .inputCount,
                "expected \(text(0...function.inputs.count, "input")), found \(node.inputs.count)")
        }
        if node.outputs.count > function.outputs.count {
            collector.error(
                .outputCount,
                "expected \(text(0...function.outputs.count, "output")), found "
                    + "\(node.outputs.count)")
        }
        for name in function.attributes where node[attribute: name] == nil {
            collector.error(
                .missingAttribute, "the function '\(function.name)' requires the attribute",
                at: .attribute(name))
        }
    }

    /// An input that the call leaves out may not be one that an operator of the function requires.
    private func checkAbsentInputs(of node: Node, calling function: Function) {
        let absent = function.inputs.enumerated().filter { index, _ in
            index >= node.inputs.count || node.inputs[index].isEmpty
        }
        guard !absent.isEmpty else { return }
        var required: Set<String> = []
        let versions = OperatorVersions(function.opsetImports)
        for inner in function.nodes where functions.function(calledBy: inner) == nil {
            let domain = Domain(inner.domain)
            guard let opset = versions[domain],
                let schema = OperatorSchema.find(
                    domain: domain.name, name: inner.type, opset: opset)
            else { continue }
            for (index, name) in inner.inputs.enumerated()
            where schema.input(at: index)?.option == .single {
                required.insert(name)
            }
        }
        for (_, name) in absent where required.contains(name) {
            collector.error(
                .inputCount, "the function '\(function.name)' requires the input '\(name)'")
        }
    }

    /// `1 input`, `2 to 4 inputs`, `at least 1 input`.
    private func text(_ counts: ClosedRange<Int>, _ noun: String) -> String {
        let (lower, upper) = (counts.lowerBound, counts.upperBound)
        func plural(_ count: Int) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
        if lower == upper { return plural(lower) }
        if upper >= Int(Int32.max) { return "at least \(plural(lower))" }
        return lower == 0 ? "at most \(plural(upper))" : "\(lower) to \(plural(upper))"
    }
}
