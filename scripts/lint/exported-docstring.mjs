// ESLint rule: each exported declaration has a docstring, a block comment with two asterisks right before it.
export default {
  meta: { type: 'suggestion', schema: [], messages: { missing: '{{name}} is exported without a docstring' } },
  create(context) {
    const { sourceCode } = context;
    const check = (node) => {
      const { declaration } = node;
      if (!declaration) return;
      const name = (declaration.id ?? declaration.declarations?.[0]?.id)?.name ?? 'default';
      const [comment] = sourceCode.getCommentsBefore(node).slice(-1);
      const isDocstring = comment?.type === 'Block' && comment.value.startsWith('*');
      if (!isDocstring) context.report({ node, messageId: 'missing', data: { name } });
    };
    return { ExportNamedDeclaration: check, ExportDefaultDeclaration: check };
  },
};
