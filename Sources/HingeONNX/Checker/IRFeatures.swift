import HingeGraph

/// What came into the format later, and the version that it came with.
///
/// Source: the history of versions in the standard's schema, `onnx.proto`.
enum IRFeatures {
    static func check(_ model: Model, _ collector: FindingCollector) {
        guard model.irVersion >= 1 else { return }
        for (feature, version) in later(than: model.irVersion, in: model) {
            collector.warning(
                .irVersionFeature,
                "\(feature) came with version \(version) of the format, the model states "
                    + "\(model.irVersion)")
        }
    }

    /// What a model holds that came after a version, and the versions that it came with.
    static func later(than stated: Int, in model: Model) -> [(feature: String, version: Int)] {
        var found: [(feature: String, version: Int)] = []
        func need(_ version: Int, _ feature: String, _ isUsed: Bool) {
            guard isUsed, stated < version, !found.contains(where: { $0.feature == feature })
            else { return }
            found.append((feature, version))
        }
        need(7, "training information", !model.trainingInfos.isEmpty)
        need(8, "functions", !model.functions.isEmpty)
        for function in model.functions {
            need(9, "default attributes of functions", !function.defaultAttributes.isEmpty)
            need(10, "overloads", !function.overload.isEmpty)
            need(10, "types of values in functions", !function.valueInfos.isEmpty)
        }
        visit(model.graph) { graph in
            need(6, "sparse tensors", !graph.sparseInitializers.isEmpty)
            need(10, "metadata of graphs and nodes", !graph.metadata.isEmpty)
            for node in graph.nodes {
                need(10, "overloads", !node.overload.isEmpty)
                need(10, "metadata of graphs and nodes", !node.metadata.isEmpty)
            }
            for type in types(of: graph) {
                if let version = version(of: type) { need(version, "\(type)", true) }
            }
        }
        return found
    }

    private static func visit(_ graph: Graph, _ body: (Graph) -> Void) {
        body(graph)
        for node in graph.nodes {
            for subgraph in node.subgraphs { visit(subgraph, body) }
        }
    }

    private static func types(of graph: Graph) -> [DataType] {
        let infos = graph.inputs + graph.outputs + graph.valueInfos
        return Set(infos.compactMap { $0.type?.dataType })
            .union(graph.initializers.map(\.tensor.dataType))
            .sorted { $0.rawValue < $1.rawValue }
    }

    /// The version of the format that an element type came with; `nil` for the oldest types.
    private static func version(of type: DataType) -> Int? {
        switch type {
        case .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz: 9
        case .int4, .uint4: 10
        case .float4e2m1: 11
        case .float8e8m0: 12
        case .int2, .uint2: 13
        case .float6e2m3, .float6e3m2: 14
        default: nil
        }
    }
}
