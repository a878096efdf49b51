import HingeGraph

extension Model {
    /// A model that gives each of the weights as an output, so that they can be compared as outputs are.
    var givingWeights: Model {
        var model = self
        model.opsetImports = [OpsetImport(version: 17)]
        model.graph.outputs = graph.initializers.map { ValueInfo(name: $0.name, type: nil) }
        return model
    }
}
