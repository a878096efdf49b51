import HingeGraph

extension OperatorSchema {
    /// Checks a node against the standard: the operator exists at the version, the attributes are known
    /// and of the right type, the inputs are as many as they may be, and so are their types where known.
    ///
    /// Nodes of domains that the standard doesn't define pass.
    ///
    /// - Parameters:
    ///   - node: The node.
    ///   - opset: The version of the node's domain.
    ///   - domain: The domain, if it is another than the node says.
    ///   - type: What is known of the type of a value, by name.
    /// - Throws: ``HingeError`` with the code `unsupported`, which names the lowest version that allows
    ///   what this one doesn't.
    package static func check(
        _ node: Node, opset: Int, domain: String? = nil, type: (String) -> ValueType?
    ) throws {
        let domain = domain ?? node.domain
        guard latestOpset(domain: domain) != nil else { return }
        let all = versions(domain: domain, name: node.type)
        guard let oldest = all.first else {
            throw HingeError(.unsupported, "the standard has no operator \(node.type)")
        }
        guard let schema = all.last(where: { $0.sinceVersion <= opset }) else {
            throw needs(oldest.sinceVersion, node.type, opset)
        }
        guard !schema.isDeprecated else {
            throw HingeError(
                .unsupported,
                "\(node.type) is withdrawn from opset \(schema.sinceVersion) on, found \(opset)")
        }
        let newer = all.filter { $0.sinceVersion > opset && !$0.isDeprecated }
        try schema.checkAttributes(node, opset, newer)
        try schema.checkInputs(node, opset, newer, type)
        let outputCount = node.outputs.count
        if outputCount > schema.outputCounts.upperBound {
            throw lowest(newer, opset, "\(node.type) with \(outputCount) outputs") {
                outputCount <= $0.outputCounts.upperBound
            }
        }
    }

    private func checkAttributes(_ node: Node, _ opset: Int, _ newer: [OperatorSchema]) throws {
        let known = attributes
        for attribute in node.attributes {
            let kind = attribute.value.kind
            guard let expected = known.first(where: { $0.name == attribute.name }) else {
                throw OperatorSchema.lowest(
                    newer, opset, "\(node.type) with the attribute '\(attribute.name)'"
                ) { $0.attribute(attribute.name)?.kind == kind }
            }
            guard expected.kind == kind else {
                throw HingeError(
                    .unsupported,
                    "\(node.type) of opset \(opset): expected \(expected.kind), found \(kind)",
                    at: [.attribute(attribute.name)])
            }
        }
        for attribute in known where attribute.isRequired {
            guard node[attribute: attribute.name] != nil else {
                throw OperatorSchema.lowest(
                    newer, opset, "\(node.type) without the attribute '\(attribute.name)'"
                ) { $0.attribute(attribute.name)?.isRequired != true }
            }
        }
    }

    private func checkInputs(
        _ node: Node, _ opset: Int, _ newer: [OperatorSchema], _ type: (String) -> ValueType?
    ) throws {
        let count = node.inputs.count
        guard inputCounts.contains(count) else {
            throw OperatorSchema.lowest(
                newer, opset, "\(node.type) with \(count) input\(count == 1 ? "" : "s")"
            ) { $0.inputCounts.contains(count) }
        }
        let formal = inputs
        for (index, name) in node.inputs.enumerated() {
            guard let parameter = OperatorSchema.parameter(at: index, in: formal) else { continue }
            guard !name.isEmpty else {
                if parameter.option != .single { continue }
                throw OperatorSchema.lowest(
                    newer, opset, "\(node.type) without the input '\(parameter.name)'"
                ) { $0.input(at: index)?.option == .optional }
            }
            guard let type = type(name), !parameter.types.contains(type) else { continue }
            let text = type.dataType?.description ?? "\(type)"
            let what = index == 0 ? "" : " as input \(index)"
            throw OperatorSchema.lowest(newer, opset, "\(node.type) of \(text)\(what)") {
                $0.input(at: index)?.types.contains(type) == true
            }
        }
    }

    /// The error for something that a version doesn't allow: names the lowest version that does.
    private static func lowest(
        _ newer: [OperatorSchema], _ opset: Int, _ what: String,
        where allows: (OperatorSchema) -> Bool
    ) -> HingeError {
        if let version = newer.first(where: allows)?.sinceVersion {
            return needs(version, what, opset)
        }
        return HingeError(.unsupported, "opset \(opset) does not allow \(what)")
    }

    private static func needs(_ version: Int, _ what: String, _ opset: Int) -> HingeError {
        HingeError(.unsupported, "\(what) needs opset \(version), not \(opset)")
    }
}

extension Speller {
    /// Checks that an operator may give output 0 the element type at the version to spell.
    ///
    /// - Throws: ``HingeError`` with the code `unsupported` that names the version needed.
    func requireOutput(_ type: DataType, of name: String) throws {
        let allowing = OperatorSchema.versions(name: name).filter {
            $0.output(at: 0)?.types.contains(type) == true
        }
        if allowing.contains(where: { $0.sinceVersion <= opset }) { return }
        guard let version = allowing.first?.sinceVersion else {
            throw HingeError(.unsupported, "\(name) to \(type) is in no version")
        }
        throw needs(version, "\(name) to \(type)")
    }
}
