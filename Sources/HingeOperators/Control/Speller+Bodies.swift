import HingeGraph

extension NodeReader {
    /// Throws when the node names more outputs than a body gives.
    func requireOutputs(atMost count: Int, of body: String) throws {
        guard node.outputs.count <= count else {
            throw error(
                body,
                "expected a body of at least \(node.outputs.count) outputs, found \(count)")
        }
    }
}

extension Speller {
    /// Checks that the version to spell allows an operator to give what its bodies say that they give.
    ///
    /// - Parameters:
    ///   - type: The operator.
    ///   - first: The first output of the bodies that is one of the node's.
    /// - Throws: ``HingeError`` with the code `unsupported` that names the version needed.
    func requireBodyOutputs(_ type: String, from first: Int = 0) throws {
        let versions = OperatorSchema.versions(name: type)
        for graph in bodies.flatMap(\.value.graphs) {
            for (index, output) in graph.outputs.dropFirst(first).enumerated() {
                guard let outputType = output.type else { continue }
                func allows(_ schema: OperatorSchema) -> Bool {
                    schema.output(at: index)?.types.contains(outputType) ?? true
                }
                guard let schema = versions.last(where: { $0.sinceVersion <= opset }),
                    !allows(schema)
                else { continue }
                let what =
                    "\(type) that gives \(outputType.dataType?.description ?? "\(outputType)")"
                guard let newer = versions.first(where: allows) else {
                    throw HingeError(.unsupported, "\(what) is in no version")
                }
                throw needs(newer.sinceVersion, what)
            }
        }
    }
}
