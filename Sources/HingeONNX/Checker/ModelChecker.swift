import HingeGraph
import HingeOperators

/// Checks a model against the rules of the ONNX standard.
///
/// In this order:
/// 1. the model: versions, imports, metadata (``CheckRule/irVersion`` …);
/// 2. functions and graphs: names, order, scope, and each node against the operator's schema;
/// 3. if all of that is right, types: those of each node against the operator's, those that the file states against
///    those that follow from the operators.
package enum ModelChecker {
    /// Checks a model.
    ///
    /// - Returns: What is wrong, in the order of the model; nothing for a model without fault.
    package static func check(_ model: Model) -> [Finding] {
        let collector = FindingCollector()
        checkModel(model, collector)
        let functions = FunctionTable(model.functions)
        FunctionChecker(model, functions, collector).check()
        let nodes = NodeChecker(model, functions, collector)
        GraphChecker(model, nodes, collector).check(model.graph, in: nil)
        for info in model.trainingInfos {
            checkTraining(info, model, nodes, collector)
        }
        if !collector.hasErrors {
            TypeChecker(model, functions, collector).check()
        }
        return collector.findings
    }

    private static func checkModel(_ model: Model, _ collector: FindingCollector) {
        if model.irVersion < 1 {
            collector.error(
                .irVersion, "expected a version of the format from 1 on, found \(model.irVersion)")
        } else if model.irVersion > IRVersion.newest {
            collector.error(
                .irVersion,
                "expected a version of the format up to \(IRVersion.newest), found "
                    + "\(model.irVersion)")
        }
        checkImports(model, collector)
        checkKeys(model.metadata, collector)
        IRFeatures.check(model, collector)
    }

    private static func checkImports(_ model: Model, _ collector: FindingCollector) {
        if model.opsetImports.isEmpty && model.irVersion >= 3 {
            collector.error(.opsetImport, "expected an import of operators, found none")
        }
        if !model.opsetImports.isEmpty && 1..<3 ~= model.irVersion {
            collector.error(
                .opsetImport, "before version 3 of the format, operators are not imported")
        }
        var seen: Set<Domain> = []
        for opset in model.opsetImports {
            let domain = Domain(opset.domain)
            if !seen.insert(domain).inserted {
                collector.error(.opsetImport, "the operators of '\(domain)' are imported twice")
            }
            if opset.version < 1 {
                collector.error(
                    .opsetImport,
                    "expected a version of '\(domain)' from 1 on, found \(opset.version)")
            } else if let latest = OperatorSchema.latestOpset(domain: domain.name),
                opset.version > latest
            {
                collector.error(
                    .opsetImport,
                    "expected a version of '\(domain)' up to \(latest), found \(opset.version)")
            }
        }
    }

    static func checkKeys(_ metadata: Metadata, _ collector: FindingCollector) {
        var seen: Set<String> = []
        for entry in metadata.entries where !seen.insert(entry.key).inserted {
            collector.error(.metadataKey, "the metadata has the key '\(entry.key)' twice")
        }
    }

    private static func checkTraining(
        _ info: TrainingInfo, _ model: Model, _ nodes: NodeChecker, _ collector: FindingCollector
    ) {
        let scope = ValueScope(nil)
        for initializer in model.graph.initializers { scope.define(initializer.name) }
        for name in model.graph.nodes.flatMap(\.outputs) { scope.define(name) }
        for input in model.graph.inputs { scope.define(input.name) }
        for graph in [info.initialization, info.algorithm].compactMap(\.self) {
            GraphChecker(model, nodes, collector).check(graph, in: scope, givesOwnValues: false)
        }
    }
}
