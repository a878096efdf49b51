/// The rules that ``ModelChecker`` checks.
///
/// A raw value is the id by which reports and tools know the rule; it never changes.
package enum CheckRule: String, Sendable, CaseIterable, Codable {
    /// The version of the format is missing or newer than Hinge knows.
    case irVersion = "ir-version"
    /// The model uses something that its version of the format doesn't have yet.
    case irVersionFeature = "ir-version-feature"
    /// The operator sets that are imported: at least one, each domain once, versions that exist.
    case opsetImport = "opset-import"
    /// Keys of metadata occur once.
    case metadataKey = "metadata-key"

    /// A graph, function, input, output or initializer lacks its name.
    case missingName = "missing-name"
    /// Two nodes have the same name.
    case nodeName = "node-name"
    /// An input or output of the model lacks its type or shape.
    case missingType = "missing-type"
    /// A value is defined twice, or under the name of a value around the graph.
    case duplicateValue = "duplicate-value"
    /// A node comes before the one that gives its input.
    case nodeOrder = "node-order"
    /// A name refers to no value.
    case undefinedValue = "undefined-value"
    /// An initializer is never used.
    case unusedInitializer = "unused-initializer"
    /// An initializer doesn't fit the type of the input of its name.
    case initializerType = "initializer-type"
    /// The parts of a sparse tensor don't fit each other.
    case sparseTensor = "sparse-tensor"

    /// The domain of an operator is not imported.
    case unknownDomain = "unknown-domain"
    /// The operator doesn't exist in the version that is imported.
    case unknownOperator = "unknown-operator"
    /// The operator is of a domain that Hinge can't check.
    case customOperator = "custom-operator"
    /// A node has an attribute that its operator doesn't have.
    case unknownAttribute = "unknown-attribute"
    /// A node has an attribute twice, or one without a name.
    case duplicateAttribute = "duplicate-attribute"
    /// An attribute has a value of the wrong type.
    case attributeType = "attribute-type"
    /// A node lacks an attribute that its operator requires.
    case missingAttribute = "missing-attribute"
    /// A reference to an attribute stands outside functions, or names none of the function's.
    case attributeReference = "attribute-reference"
    /// A node has more or fewer inputs than its operator, or lacks one that is required.
    case inputCount = "input-count"
    /// A node has more or fewer outputs than its operator, or lacks one that is required.
    case outputCount = "output-count"

    /// The type of an input is none that the operator takes.
    case inputType = "input-type"
    /// The type of an output is none that the operator gives.
    case outputType = "output-type"
    /// Inputs and outputs that must have the same type don't.
    case typeConstraint = "type-constraint"
    /// Types or shapes don't fit an operator.
    case inference = "inference"
    /// The file states another type or shape than follows from the operators.
    case typeDisagreement = "type-disagreement"

    /// Two functions have the same domain, name and overload.
    case duplicateFunction = "duplicate-function"
    /// A function calls itself, directly or through others.
    case recursiveFunction = "recursive-function"
    /// Functions call each other so often that the model explodes when they are expanded.
    case functionExpansion = "function-expansion"
}
