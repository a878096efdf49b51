/// Which elements of its inputs an operator computes an element of output 0 from.
///
/// What works on each element by itself works in whatever order the elements stand in memory.
public enum Locality: Sendable, Hashable {
    /// Perhaps all of them.
    case whole
    /// The one at its place in input 0, whose shape output 0 has; other inputs mean the same for all elements.
    case elementwise
    /// Those at its place in all inputs, which broadcast to the shape of output 0 by the rule of version 7.
    case broadcasting
}
