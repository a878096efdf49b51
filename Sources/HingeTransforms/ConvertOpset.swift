import HingeGraph
import HingeOperators
import HingeProgram

/// Writes a model's nodes in another version of the standard operators: makes a program of it, and spells that.
///
/// Rules:
/// 1. A node whose operator the standard left as it was between the two versions stays as it is.
/// 2. Any other node is read at the model's version and spelled at the target: as one node, or as
///    a few older ones. What can't be expressed is an error that names the node and the version needed.
/// 3. Where the target has an operator for other element types only, and computing in one of those gives the same, it stands
///    between casts, unless ``castsElements`` says otherwise.
/// 4. Constants that become inputs are initializers of the graph that the node is in; initializers that become
///    attributes go.
/// 5. Subgraphs first, then the nodes that hold them.
/// 6. Functions likewise; if one needs types or attributes that only its callers know, all functions are inlined
///    before.
/// 7. The file format's version becomes the one that the target came with, at least 4, and at least the one that
///    has functions or metadata where there are any. From version 4 on, initializers are no inputs any more.
/// 8. No two nodes of a graph have the same name, whatever they had before.
public struct ConvertOpset: ModelPass {
    /// The name of the pass.
    public static let name = "convert-opset"

    /// The version to write.
    public var target: Int
    /// Whether operators may stand between casts of their elements.
    public var castsElements: Bool

    /// Creates the pass.
    public init(to target: Int, castsElements: Bool = true) {
        self.target = target
        self.castsElements = castsElements
    }

    /// The newest version of the standard operators that Hinge knows.
    public static var newest: Int { OperatorSchema.latestOpset() ?? GraphBuilder.defaultOpset }

    /// Runs the pass.
    ///
    /// - Throws: ``HingeError`` with the code `unsupported` and the node as its context when the target can't
    ///   express it.
    public func run(_ model: inout Model) throws -> Bool {
        try checkTarget()
        guard let version = model.opset(of: ""), version != target else { return false }
        try checkTraining(model)
        var result = model
        var options = ProgramOptions()
        if !result.functions.isEmpty {
            do {
                try convertFunctions(&result)
            } catch let error as HingeError where error.code == .unsupported {
                result = model
                options.inlinesFunctions = true
            }
        }
        let versions = versions(model.opsetImports)
        try result.edit(options, in: versions) { _ in true }
        result.setVersion(target)
        model = result
        return true
    }

    /// Runs passes on a model's program, and writes that in the target's version, unless the model has none of the standard.
    ///
    /// - Throws: ``HingeError`` of the first pass that fails, or with the code `unsupported` and the node as its context
    ///   when the target can't express it.
    package func run(
        _ model: inout Model, _ options: ProgramOptions, after passes: [any Pass]
    ) throws {
        try checkTarget()
        let isOther = model.opset(of: "").map { $0 != target } ?? false
        if isOther { try checkTraining(model) }
        var result = model
        try result.edit(options, in: isOther ? versions(model.opsetImports) : nil) { program in
            try program.run(passes)
            return true
        }
        if isOther { result.setVersion(target) }
        model = result
    }

    /// Why the target can't express a model: an error for each node that stands in the way, those of functions
    /// where they are called.
    ///
    /// - Throws: ``HingeError`` when the model can't be understood, or there is no such version.
    package func obstacles(in model: Model) throws -> [HingeError] {
        try checkTarget()
        if model.opset(of: "") != target { try checkTraining(model) }
        var options = ProgramOptions()
        options.inlinesFunctions = true
        let versions = versions(model.opsetImports)
        return try Program(model, options).obstacles(in: versions)
    }

    /// The versions to write in place of those that are imported.
    private func versions(_ imports: [OpsetImport]) -> OperatorVersions {
        var versions = OperatorVersions(imports)
        versions[.onnx] = target
        versions.castsElements = castsElements
        return versions
    }

    private func checkTarget() throws {
        guard (1...ConvertOpset.newest).contains(target) else {
            throw HingeError(
                .usage, "expected an opset from 1 to \(ConvertOpset.newest), found \(target)")
        }
    }

    private func checkTraining(_ model: Model) throws {
        guard model.trainingInfos.isEmpty else {
            throw HingeError(.unsupported, "a model with training information keeps its opset")
        }
    }

    /// Converts the nodes of functions, each from the version that it imports.
    private func convertFunctions(_ model: inout Model) throws {
        for index in model.functions.indices {
            var function = model.functions[index]
            guard let source = OperatorVersions(function.opsetImports)[.onnx], source != target
            else { continue }
            let versions = versions(function.opsetImports)
            try withContext(.graph(function.name)) {
                var graph = Graph(name: function.name, nodes: function.nodes)
                graph.inputs = function.inputs.map { ValueInfo(name: $0, type: nil) }
                graph.outputs = function.outputs.map { ValueInfo(name: $0, type: nil) }
                var inside = Model(
                    graph: graph, functions: model.functions, opsetImports: function.opsetImports)
                inside.operators = model.operators
                let converted = try Program(inside).graph(in: versions)
                // A function has no initializers: its constants are nodes.
                function.nodes =
                    converted.initializers.map { constant in
                        Node(
                            "Constant", inputs: [], outputs: [constant.name],
                            attributes: [.tensor("value", constant.tensor)])
                    } + converted.nodes
            }
            function.opsetImports = function.opsetImports.replacing(target)
            model.functions[index] = function
        }
    }
}

extension Model {
    /// States another version of the standard operators, and of the file format.
    fileprivate mutating func setVersion(_ version: Int) {
        opsetImports = opsetImports.replacing(version)
        if irVersion < 4 {
            let constants = Set(graph.initializers.map(\.name))
            graph.inputs.removeAll { constants.contains($0.name) }
        }
        irVersion = max(4, IRVersion.fitting(opset: version), featureVersion)
    }

    /// The first version of the file format that has everything that the model holds besides operators.
    private var featureVersion: Int {
        let hasMetadata =
            graph.hasMetadata
            || functions.contains {
                !$0.metadata.isEmpty || $0.nodes.contains(where: \.hasMetadata)
            }
        if hasMetadata || functions.contains(where: { !$0.overload.isEmpty }) { return 10 }
        return functions.isEmpty ? 4 : 8
    }
}

extension Graph {
    fileprivate var hasMetadata: Bool {
        !metadata.isEmpty || nodes.contains(where: \.hasMetadata)
            || (inputs + outputs + valueInfos).contains { !$0.metadata.isEmpty }
            || initializers.contains { !$0.metadata.isEmpty }
    }
}

extension Node {
    fileprivate var hasMetadata: Bool {
        !metadata.isEmpty || subgraphs.contains(where: \.hasMetadata)
    }
}

extension [OpsetImport] {
    /// The imports with another version of the standard operators.
    fileprivate func replacing(_ version: Int) -> [OpsetImport] {
        map { entry in
            var entry = entry
            if Domain(entry.domain) == .onnx { entry.version = version }
            return entry
        }
    }
}
