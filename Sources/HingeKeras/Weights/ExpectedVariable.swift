/// A variable that a layer must find in a file.
struct ExpectedVariable {
    /// The names of the layers around it, outermost first, below the layer that has an entry in the
    /// file.
    var path: [String]
    /// How names in the file tell those layers, outermost first.
    var labels: [LayerVariables.Label]
    /// The variable.
    var variable: LayerVariables.Variable
    /// Whether training changes it: it is of that kind, and no layer around it is frozen.
    var isTrainable: Bool

    /// The variables of a layer, none twice, each layer's own before those of the layers inside it.
    static func list(
        _ variables: LayerVariables, isTrainable: Bool, path: [String] = [],
        labels: [LayerVariables.Label] = []
    ) -> [ExpectedVariable] {
        variables.own.filter { !$0.isRepeated }.map {
            ExpectedVariable(
                path: path, labels: labels, variable: $0,
                isTrainable: $0.isTrainable && isTrainable)
        }
            + variables.groups.flatMap { group in
                list(
                    group.variables, isTrainable: isTrainable && group.isTrainable,
                    path: path + [group.name],
                    labels: labels + (group.label == .none ? [] : [group.label]))
            }
    }

    /// The variables in the order in which a legacy file lists them: first those that training
    /// changes.
    static func legacyOrder(
        _ variables: LayerVariables, isTrainable: Bool
    ) -> [ExpectedVariable] {
        let all = list(variables, isTrainable: isTrainable)
        return all.filter(\.isTrainable) + all.filter { !$0.isTrainable }
    }
}
